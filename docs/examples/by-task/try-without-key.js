// #region recipe
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';

// a task API in this process: the statuses of a task, and when it gets them (ms)
const { fetch } = fakeTaskApi({
  task_1: [
    ['created', 0],
    ['running', 2_000],
    ['finished', 7_000],
  ],
});

taskStatus$('task_1', { fetch }).subscribe({
  next: (status) => console.log(status),
  error: (error) => console.error(error),
  complete: () => console.log('done'),
});
// #endregion
