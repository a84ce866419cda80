/** Typed by hand from the API reference's example of a message batch. */
const batch = {
  id: 'msgbatch_013Zva2CMHLNnXjNJJKqJ2EF',
  type: 'message_batch',
  archived_at: null,
  cancel_initiated_at: null,
  created_at: '2024-08-20T18:37:24.100435Z',
  ended_at: null,
  expires_at: '2024-08-21T18:37:24.100435Z',
  results_url: null,
  request_counts: { processing: 100, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
};

export const inProgress = { ...batch, processing_status: 'in_progress' };
export const canceling = {
  ...batch,
  processing_status: 'canceling',
  cancel_initiated_at: '2024-08-20T18:40:00.100435Z',
};
export const ended = {
  ...batch,
  processing_status: 'ended',
  ended_at: '2024-08-20T18:50:00.100435Z',
  request_counts: { processing: 0, succeeded: 50, errored: 30, canceled: 10, expired: 10 },
  results_url:
    'https://api.anthropic.com/v1/messages/batches/msgbatch_013Zva2CMHLNnXjNJJKqJ2EF/results',
};
