/** Typed by hand from the Tasks extension of the Model Context Protocol, revision 2026-07-28. */
const task = {
  resultType: 'complete',
  taskId: '786512e2-9e0d-44bd-8f29-789f320fe840',
  createdAt: '2026-08-25T10:30:00Z',
  lastUpdatedAt: '2026-08-25T10:50:00Z',
  ttlMs: 3_600_000,
  pollIntervalMs: 5_000,
};
const answer = (result: object) => ({ jsonrpc: '2.0', id: 1, result });

export const { taskId } = task;
export const working = answer({ ...task, status: 'working' });
export const slowDown = answer({ ...task, status: 'working', pollIntervalMs: 20_000 });
export const noInterval = answer({ ...task, status: 'working', pollIntervalMs: undefined });
export const inputRequired = answer({
  ...task,
  status: 'input_required',
  inputRequests: {
    name: {
      method: 'elicitation/create',
      params: { mode: 'form', message: 'What is your name?', requestedSchema: { type: 'object' } },
    },
  },
});
export const callToolResult = {
  content: [{ type: 'text', text: 'Hello, Ada!' }],
  isError: false,
};
export const completed = answer({ ...task, status: 'completed', result: callToolResult });
/** A tool that reports an error has completed, for the protocol. */
export const toolError = answer({
  ...task,
  status: 'completed',
  result: { content: [{ type: 'text', text: 'invalid input' }], isError: true },
});
export const failed = answer({
  ...task,
  status: 'failed',
  statusMessage: 'The rate limit of the API was reached',
  error: { code: -32_603, message: 'API rate limit exceeded' },
});
export const cancelled = answer({ ...task, status: 'cancelled' });
/** An unknown or expired task. */
export const notFound = {
  jsonrpc: '2.0',
  id: 1,
  error: { code: -32_602, message: 'Failed to retrieve task: Task not found' },
};
