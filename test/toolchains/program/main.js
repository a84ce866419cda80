import { taskStatus$ } from 'rxjs-task-status';

// the user's program of every bundler; TASK_API has the URL of the API
taskStatus$('task_1', {
  baseUrl: globalThis.TASK_API,
  apiKey: 'bu_key',
  backoff: { initialDelay: 1 },
}).subscribe({
  next: (status) => console.log(status),
  error: (error) => console.log(`${error.name}: ${error.message}`),
  complete: () => console.log('complete'),
});
