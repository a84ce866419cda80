// Follows task_1 by server-sent events: server-sent-events.ts <base URL>. Needs EventSource.
import { eventsOrPolls$ } from '../../../docs/examples/rxjs/server-sent-events.js';

const [, , baseUrl = ''] = process.argv;
eventsOrPolls$('task_1', () => new EventSource(`${baseUrl}/events`), {
  baseUrl,
  backoff: { initialDelay: 20, factor: 1 },
}).subscribe({
  next: (status) => console.log(`now ${status}`),
  complete: () => console.log('the end'),
});
