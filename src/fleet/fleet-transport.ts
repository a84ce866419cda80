import {
  from,
  map,
  NEVER,
  Observable,
  race,
  take,
  throwIfEmpty,
  timer,
  type ObservableInput,
  type SchedulerLike,
} from 'rxjs';
import type { RequestSignal, StatusResponse, StatusTransport } from 'rxjs-task-status';

import { abortError } from './abort-error.js';

/** What a request of the fleet needs besides its transport. */
export interface FleetTransportOptions {
  /** The transport of the user. */
  readonly send: StatusTransport;
  /** Resolves when the request may be sent. Rejects if it must not be sent. */
  readonly admit: (signal: RequestSignal) => Promise<void>;
  /** Is called when a request is sent. */
  readonly onSend: () => void;
  /** Is called when it has been answered or has failed. */
  readonly onEnd: () => void;
  /** The limit of one request, ms, without the time before it may be sent. */
  readonly requestTimeout: number;
  readonly scheduler: SchedulerLike;
}

/** A transport that waits until a request may be sent. The wait does not count towards its limit. */
export function fleetTransport(options: FleetTransportOptions): StatusTransport {
  const { send, admit, onSend, onEnd, requestTimeout, scheduler } = options;
  return async (request) => {
    await admit(request.signal);
    // between the permission and this line other code has run
    if (request.signal.aborted) throw abortError();
    const controller = new AbortController();
    const aborted$ = new Observable<never>((subscriber) => {
      const onAbort = () => subscriber.error(abortError());
      request.signal.addEventListener('abort', onAbort, { once: true });
      return () => request.signal.removeEventListener('abort', onAbort);
    });
    onSend();
    try {
      const response$ = from(answerOf(send({ ...request, signal: controller.signal })));
      const limit$ = requestTimeout === Infinity ? NEVER : timer(requestTimeout, scheduler);
      const tooLate$ = limit$.pipe(
        map(() => {
          throw new Error(`no answer within ${requestTimeout} ms (requestTimeout)`);
        }),
      );
      // rejects if there is no answer
      return await new Promise((resolve, reject) => {
        const first$ = race(aborted$, response$, tooLate$).pipe(take(1), throwIfEmpty());
        first$.subscribe({ next: resolve, error: reject });
      });
    } finally {
      controller.abort();
      onEnd();
    }
  };
}

function answerOf(answer: ReturnType<StatusTransport>): ObservableInput<StatusResponse> {
  return 'subscribe' in answer
    ? new Observable((subscriber) => {
        const subscription = answer.subscribe(subscriber);
        return () => subscription.unsubscribe();
      })
    : answer;
}
