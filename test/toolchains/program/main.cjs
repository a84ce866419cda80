const { taskStatus$ } = require('rxjs-task-status');

// the same in CommonJS
taskStatus$('task_1', {
  baseUrl: globalThis.TASK_API,
  apiKey: 'bu_key',
  backoff: { initialDelay: 1 },
}).subscribe({
  next: (status) => console.log(status),
  error: (error) => console.log(`${error.name}: ${error.message}`),
  complete: () => console.log('complete'),
});
