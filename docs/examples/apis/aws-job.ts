// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

const TARGET = 'Transcribe.GetTranscriptionJob';
const job = (json: unknown) => field(json, 'TranscriptionJob');

/** A job of Amazon Transcribe. The option `fetch` signs the requests (Signature Version 4). */
export const awsJob = defineTaskApi({
  baseUrl: 'https://transcribe.us-west-2.amazonaws.com',
  path: () => '/',
  request: (name) => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': TARGET },
    body: JSON.stringify({ TranscriptionJobName: name }),
  }),
  authorization: (key) => ['x-api-key', key], // of a gateway that signs instead
  status: (json) => field(job(json), 'TranscriptionJobStatus'),
  statuses: ['QUEUED', 'IN_PROGRESS', 'COMPLETED', 'FAILED'],
  terminal: ['COMPLETED', 'FAILED'],
  successful: ['COMPLETED'],
  details: (json) => field(job(json), 'FailureReason'),
  result: (json) => field(job(json), 'Transcript'),
});
// #endregion
