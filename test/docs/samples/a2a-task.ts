/** Typed by hand from the A2A protocol specification, version 1.0. */
const task = {
  id: '363422be-b0f9-4692-a24d-278670e7c7f1',
  contextId: 'c295ea44-7543-4f78-b524-7a38915ad6e4',
};
const inState = (state: string) => ({
  ...task,
  status: { state, timestamp: '2026-08-17T17:47:09.680Z' },
});

export const { id } = task;
export const submitted = inState('TASK_STATE_SUBMITTED');
export const working = inState('TASK_STATE_WORKING');
export const inputRequired = inState('TASK_STATE_INPUT_REQUIRED');
export const authRequired = inState('TASK_STATE_AUTH_REQUIRED');
export const artifacts = [
  {
    artifactId: '9b6934dd',
    name: 'joke',
    parts: [{ text: 'Why did the chicken cross the road?' }],
  },
];
export const completed = { ...inState('TASK_STATE_COMPLETED'), artifacts };
export const failed = inState('TASK_STATE_FAILED');
export const canceled = inState('TASK_STATE_CANCELED');
export const rejected = inState('TASK_STATE_REJECTED');
export const unspecified = inState('TASK_STATE_UNSPECIFIED');

/** Version 0.3 writes the same states in small letters. */
export const v03 = {
  working: { kind: 'task', ...inState('working') },
  inputRequired: { kind: 'task', ...inState('input-required') },
  completed: { kind: 'task', ...inState('completed'), artifacts },
};

export const answer = (result: object) => ({ jsonrpc: '2.0', id: task.id, result });
export const notFound = {
  jsonrpc: '2.0',
  id: task.id,
  error: { code: -32_001, message: 'Task not found' },
};
