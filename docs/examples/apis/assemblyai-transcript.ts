// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

/** A transcript of the AssemblyAI API. The result is its text. */
export const assemblyaiTranscript = defineTaskApi({
  baseUrl: 'https://api.assemblyai.com/v2',
  path: (id) => `/transcript/${id}`,
  authorization: (key) => ['Authorization', key],
  status: (json) => field(json, 'status'),
  statuses: ['queued', 'processing', 'completed', 'error'],
  terminal: ['completed', 'error'],
  successful: ['completed'],
  details: (json) => ({ error: field(json, 'error'), seconds: field(json, 'audio_duration') }),
  result: (json) => field(json, 'text'),
  // the last answer has every word with its times
  bodyLimit: 33_554_432,
});
// #endregion
