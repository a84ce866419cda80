/** Typed by hand from the API reference's example of a batch. */
const batch = {
  id: 'batch_abc123',
  object: 'batch',
  endpoint: '/v1/chat/completions',
  errors: null,
  input_file_id: 'file-abc123',
  completion_window: '24h',
  output_file_id: null,
  error_file_id: null,
  created_at: 1711471533,
  in_progress_at: null,
  expires_at: 1711557933,
  finalizing_at: null,
  completed_at: null,
  failed_at: null,
  expired_at: null,
  cancelling_at: null,
  cancelled_at: null,
  request_counts: { total: 100, completed: 0, failed: 0 },
  metadata: { customer_id: 'user_123456789', batch_description: 'Nightly eval job' },
};

export const validating = { ...batch, status: 'validating' };

export const inProgress = { ...batch, status: 'in_progress', in_progress_at: 1711471538 };

export const finalizing = {
  ...inProgress,
  status: 'finalizing',
  finalizing_at: 1711493133,
  request_counts: { total: 100, completed: 95, failed: 5 },
};

export const completed = {
  ...finalizing,
  status: 'completed',
  completed_at: 1711493163,
  output_file_id: 'file-cvaTdG',
  error_file_id: 'file-HOWS94',
};

export const expired = { ...inProgress, status: 'expired', expired_at: 1711557933 };
