/** Typed by hand from the reference of `google.longrunning.Operation`, for a transcription. */
const operation = {
  name: 'operations/7612202767953098924',
  metadata: {
    '@type': 'type.googleapis.com/google.cloud.speech.v1.LongRunningRecognizeMetadata',
    progressPercent: 34,
    startTime: '2026-08-20T16:27:44.418187Z',
  },
};

/** `done` is absent while it runs. */
export const running = operation;
export const stillRunning = { ...operation, done: false };
export const succeeded = {
  ...operation,
  metadata: { ...operation.metadata, progressPercent: 100 },
  done: true,
  response: {
    '@type': 'type.googleapis.com/google.cloud.speech.v1.LongRunningRecognizeResponse',
    results: [{ alternatives: [{ transcript: 'okay so what am I doing here', confidence: 0.96 }] }],
  },
};
export const failed = {
  ...operation,
  done: true,
  error: { code: 3, message: 'The audio is too long.', details: [] },
};
/** The code 1 of `google.rpc.Code` is CANCELLED. */
export const cancelled = {
  ...operation,
  done: true,
  error: { code: 1, message: 'The operation was cancelled.' },
};
