// #region recipe
const version = '2026-07-28';
const extensions = { 'io.modelcontextprotocol/tasks': {} };
const _meta = {
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientInfo': { name: 'my-client', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': { extensions },
};

/** A request about a task: `tasks/get`, `tasks/cancel`, `tasks/update` with more `params`. */
export const mcpRequest = (method: string, taskId: string, params: object = {}) => ({
  method: 'POST' as const,
  headers: {
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
    'MCP-Protocol-Version': version,
    'Mcp-Method': method,
    'Mcp-Name': taskId,
  },
  body: JSON.stringify({
    ...{ jsonrpc: '2.0', id: `${method} ${taskId}`, method },
    params: { ...params, taskId, _meta },
  }),
});
// #endregion
