/** Typed by hand from the reference of Azure AI Document Intelligence, version 2024-11-30. */
const operation = {
  createdDateTime: '2026-08-24T13:00:46Z',
  lastUpdatedDateTime: '2026-08-24T13:00:49Z',
};

export const endpoint = 'https://my-endpoint.cognitiveservices.azure.com';
/** The value of `Operation-Location` in the answer to `…:analyze`. */
export const location = `${endpoint}/documentintelligence/documentModels/prebuilt-layout/analyzeResults/3b31320d-8bab-4f88-b19c-2322a7f11034?api-version=2024-11-30`;

export const notStarted = { ...operation, status: 'notStarted' };
export const running = { ...operation, status: 'running' };
export const succeeded = {
  ...operation,
  status: 'succeeded',
  analyzeResult: {
    apiVersion: '2024-11-30',
    modelId: 'prebuilt-layout',
    stringIndexType: 'textElements',
    content: 'Invoice 1234',
    pages: [{ pageNumber: 1, unit: 'pixel', width: 1300, height: 1700 }],
  },
};
export const failed = {
  ...operation,
  status: 'failed',
  error: { code: 'InvalidRequest', message: 'The document is corrupted.' },
};

/** Azure AI Content Understanding writes its statuses with a capital letter. */
export const understanding = {
  running: { id: '3b31320d', status: 'Running' },
  succeeded: { id: '3b31320d', status: 'Succeeded', result: { analyzerId: 'my-analyzer' } },
  canceled: { id: '3b31320d', status: 'Canceled' },
};
