import { taskStatus$, type TaskStatusOptions } from 'rxjs-task-status';

// A separate process: a timer or connection that the watch leaves would keep it alive for minutes.
const [, , baseUrl = '', ending = ''] = process.argv;
const controller = new AbortController();
const options: TaskStatusOptions = {
  baseUrl,
  backoff: { initialDelay: 300_000, maxDelay: 300_000 },
  timeout: 300_000,
  requestTimeout: 300_000,
  signal: controller.signal,
};

const subscription = taskStatus$('task_1', options).subscribe({
  next: (status) => {
    console.log(status);
    if (ending === 'unsubscribed in a delay') setTimeout(() => subscription.unsubscribe(), 10);
    if (ending === 'aborted in a delay') setTimeout(() => controller.abort('enough'), 10);
  },
  error: (error: unknown) => console.log(error instanceof Error ? error.name : error),
  complete: () => console.log('complete'),
});
if (ending === 'unsubscribed in a request') setTimeout(() => subscription.unsubscribe(), 100);
if (ending === 'aborted in a request') setTimeout(() => controller.abort('enough'), 100);
