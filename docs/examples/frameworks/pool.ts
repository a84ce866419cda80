// #region recipe
import { combineLatest, map } from 'rxjs';
import { createTaskStatusPool, whileHidden, whileOffline } from 'rxjs-task-status';

// a server that renders the page has no location, and sends no request
const origin = globalThis.location?.origin ?? 'http://localhost';

/** The only pool of the page. It polls your own server, which adds the API key. */
export const pool = createTaskStatusPool({
  baseUrl: new URL('/api/v1', origin),
  pauseWhile: combineLatest([whileHidden(), whileOffline()]).pipe(
    map((states) => states.includes(true)),
  ),
  // so that a server that hangs shows soon
  requestTimeout: 5_000,
  // an outage must not end the rows of a dashboard
  retry: { maxRetries: Infinity },
});
// #endregion
