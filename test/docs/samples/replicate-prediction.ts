/** Typed by hand from the HTTP API reference's example of a prediction. */
const prediction = {
  id: 'gm3qorzdhgbfurvjtvhg6dckhu',
  model: 'replicate/hello-world',
  version: '5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa',
  input: { text: 'Alice' },
  logs: '',
  output: null,
  error: null,
  created_at: '2023-09-08T16:19:34.765994Z',
  data_removed: false,
  urls: {
    cancel: 'https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel',
    get: 'https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu',
  },
};

export const starting = { ...prediction, status: 'starting' };
export const processing = {
  ...prediction,
  status: 'processing',
  started_at: '2023-09-08T16:19:34.779176Z',
  logs: 'Using seed: 12345\n',
};
export const succeeded = {
  ...processing,
  status: 'succeeded',
  output: 'hello Alice',
  completed_at: '2023-09-08T16:19:34.791859Z',
  metrics: { predict_time: 0.012683, total_time: 0.025366 },
};
export const failed = { ...processing, status: 'failed', error: 'CUDA out of memory' };
export const canceled = { ...processing, status: 'canceled' };
/** A prediction whose deadline passed before it started. */
export const aborted = { ...prediction, status: 'aborted' };
