/** Typed by hand from the API reference's example of a response. */
const response = {
  id: 'resp_67cb71b351908190a308f3859487620d',
  object: 'response',
  created_at: 1741386163,
  background: true,
  error: null,
  incomplete_details: null,
  instructions: null,
  model: 'gpt-5.2',
  output: [],
  usage: null,
};

const reasoning = {
  type: 'reasoning',
  id: 'rs_67ccf18f64008190a39b619f4c8455ef',
  summary: [],
  content: [{ type: 'reasoning_text', text: 'Otters need a plot.' }],
};

const message = (texts: readonly string[]) => ({
  type: 'message',
  id: 'msg_67ccf190ca3881909d433c50b1f6357e',
  status: 'completed',
  role: 'assistant',
  content: texts.map((text) => ({ type: 'output_text', text, annotations: [] })),
});

export const queued = { ...response, status: 'queued' };
export const inProgress = { ...response, status: 'in_progress' };
export const completed = {
  ...response,
  status: 'completed',
  output: [reasoning, message(['The first otter ', 'in space.'])],
  usage: { input_tokens: 12, output_tokens: 18, total_tokens: 30 },
};
export const incomplete = {
  ...response,
  status: 'incomplete',
  incomplete_details: { reason: 'max_output_tokens' },
  output: [message(['The first'])],
};
export const failed = {
  ...response,
  status: 'failed',
  error: { code: 'server_error', message: 'The model failed to generate a response.' },
};
export const cancelled = { ...response, status: 'cancelled' };
