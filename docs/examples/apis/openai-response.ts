// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

/** A background response of the OpenAI API. The result is its text. */
export const openaiResponse = defineTaskApi({
  baseUrl: 'https://api.openai.com/v1',
  path: (id) => `/responses/${id}`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => field(json, 'status'),
  statuses: ['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled'],
  terminal: ['completed', 'incomplete', 'failed', 'cancelled'],
  successful: ['completed'],
  details: (json) => ({ text: textOf(json), reason: reasonOf(json) }),
  result: (json) => textOf(json),
  bodyLimit: 16_777_216, // every answer contains the output
});
const reasonOf = (json: unknown) => field(json, 'error') ?? field(json, 'incomplete_details');
const textOf = (json: unknown) =>
  listOf(field(json, 'output'))
    .flatMap((item) => listOf(field(item, 'content')))
    .map((part) => (field(part, 'type') === 'output_text' ? field(part, 'text') : ''))
    .join('');
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
// #endregion
