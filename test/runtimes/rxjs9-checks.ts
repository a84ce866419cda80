import type * as Library from 'rxjs-task-status';
import type { StatusTransport } from 'rxjs-task-status';
import type { PlatformObservable } from '../package/platform/observable.js';
import { assertEqual, type Check } from '../http/suite.js';

/** A stream with the operators of RxJS 9, whose names are symbols. */
interface Stream<T> extends PlatformObservable<T> {
  readonly [operator: symbol]: (project: unknown) => Stream<T>;
}

/** What the checks use of RxJS 9. It has no types here: the installed RxJS is version 7. */
export interface Rxjs9 {
  readonly Subject: new <T>() => Stream<T> & { next(value: T): void };
  readonly map: symbol;
  readonly switchMap: symbol;
}

/**
 * Checks with RxJS 9 beside the RxJS 7 that the library uses. `Observable` is the platform's, or the
 * fallback of RxJS 9.
 */
export function checkRxjs9(
  check: Check,
  { taskStatus$ }: typeof Library,
  { Subject, map, switchMap }: Rxjs9,
): void {
  const from = <T>(source: AsyncIterable<T>): Stream<T> => Observable.from(source) as Stream<T>;
  const soon = { initialDelay: 5 };
  const onDemand = { initialDelay: 3_600_000 };

  check('RxJS 9: Observable.from() and an operator', async () => {
    const { transport } = answers('created', 'running', 'finished');
    const upper = from(taskStatus$('t', { transport, backoff: soon }))[map]?.((status: string) =>
      status.toUpperCase(),
    );
    assertEqual(await upper?.toArray(), ['CREATED', 'RUNNING', 'FINISHED']);
  });

  check('RxJS 9: switchMap to a stream of statuses', async () => {
    const { transport } = answers('running', 'finished');
    const ids = new Subject<string>();
    const statuses = ids[switchMap]?.(() => from(taskStatus$('t', { transport, backoff: soon })));
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      statuses?.subscribe({
        next: (status) => {
          seen.push(status);
          if (status === 'finished') resolve();
        },
      });
      ids.next('t');
    });
    assertEqual(seen, ['running', 'finished']);
  });

  check('RxJS 9: an error is passed on', async () => {
    const { transport } = answers('nonsense');
    const error = await from(taskStatus$('t', { transport }))
      .first()
      .catch((thrown: unknown) => (thrown as { code: string }).code);
    assertEqual(error, 'unexpected-response');
  });

  check('RxJS 9: the signal of a subscription aborts the request', async () => {
    const controller = new AbortController();
    const aborted = new Promise<string>((resolve) => {
      const transport: StatusTransport = ({ signal }) =>
        new Promise(() => signal.addEventListener('abort', () => resolve('aborted')));
      from(taskStatus$('t', { transport })).subscribe({}, { signal: controller.signal });
    });
    controller.abort();
    assertEqual(await aborted, 'aborted');
  });

  check('RxJS 9: a Subject as pollNow and as pauseWhile', async () => {
    const { transport, count } = answers('running', 'finished');
    const pollNow = new Subject<void>();
    const pauseWhile = new Subject<boolean>();
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      taskStatus$('t', { transport, backoff: onDemand, pollNow, pauseWhile }).subscribe({
        next: (status) => {
          seen.push(status);
          if (status === 'finished') return;
          pauseWhile.next(true);
          pollNow.next(undefined);
          queueMicrotask(() => {
            seen.push(count());
            pauseWhile.next(false);
          });
        },
        complete: resolve,
      });
    });
    assertEqual([seen, count()], [['running', 1, 'finished'], 2]);
  });
}

/** Answers each request with the next status. */
function answers(...statuses: readonly string[]) {
  const left = [...statuses];
  let count = 0;
  const transport: StatusTransport = () => {
    count++;
    return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(left.shift()) });
  };
  return { transport, count: () => count };
}
