import fc from 'fast-check';
import type { TaskStatusOptions } from '../../src/index.js';
import type { Pacing } from '../support/history.js';
import {
  type Answer,
  BROKEN,
  type Broken,
  FRAMINGS,
  HTTP_STATUSES,
  NO_STATUS,
  REDIRECTS,
  type Word,
  WORDS,
} from './answers.js';

/** One watch over real sockets: its options, and what the network and the server do. */
export interface History {
  readonly client: 'the platform' | 'cross-fetch';
  readonly options: Options;
  /** In the order of the requests. After them the task is finished. */
  readonly answers: readonly Answer[];
  readonly stop: Stop | undefined;
}

/** How the subscriber stops the watch: after some ms, or inside the nth `next`. */
interface Stop {
  readonly how: 'unsubscribes' | 'aborts';
  readonly after: number | { readonly next: number };
}

/** All options of a history. The check computes from them what must happen. */
type Options = Required<
  Pick<TaskStatusOptions, 'requestTimeout' | 'timeout' | 'notFoundGrace' | 'unknownStatus'>
> & {
  readonly requestTimeout: number;
  readonly timeout: number;
  readonly notFoundGrace: number;
  readonly knownStatus: Word | undefined;
  readonly backoff: Schedule & { readonly resetOnChange: boolean };
  readonly retry: Schedule & { readonly maxRetries: number; readonly maxRetryAfter: number };
};

export interface Schedule {
  readonly initialDelay: number;
  readonly factor: number;
  readonly maxDelay: number;
  readonly jitter: number;
}

// Times are about a hundredth of real ones: a second of backoff is some milliseconds here.

/** Longer than any answer takes on a busy machine, ms. */
const REQUEST_TIMEOUT = 200;
const MAX_RETRY_AFTER = 30;

const latency = fc.constantFrom(0, 0, 0, 1, 3, 10);

const pacing: fc.Arbitrary<Pacing> = fc.oneof(
  fc.record({
    form: fc.constant('seconds' as const),
    seconds: fc.constantFrom(0, 0, 0, 1, 9_999_999_999),
    msText: fc.constantFrom(undefined, 'soon'),
  }),
  fc.record({
    form: fc.constant('ms' as const),
    ms: fc.constantFrom(0, 1, 10, MAX_RETRY_AFTER, MAX_RETRY_AFTER + 1),
    besideSeconds: fc.constantFrom(undefined, 0, 9),
  }),
  fc
    .record({
      form: fc.constantFrom('imf-fixdate' as const, 'rfc850' as const, 'asctime' as const),
      seconds: fc.constantFrom(-5, -5, 0, 0, 1, 400_000),
      serverClock: fc.constantFrom('no Date header' as const, 0, -3_600, 3_600, 40_000_000),
    })
    // without Date the delay is relative to this machine's clock, which goes on
    .map((it) =>
      it.serverClock === 'no Date header' && it.seconds === 1 ? { ...it, seconds: 0 } : it,
    ),
  fc.record({
    form: fc.constant('malformed' as const),
    text: fc.constantFrom('', '1.5', '-1', '1, 2', 'soon', 'Thu, 32 Jan 1970 00:00:00 GMT'),
    msText: fc.constant(undefined),
  }),
);
/** A value in one of three draws, else `undefined`. */
function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const reusable = { latency, keepAlive: fc.boolean(), pacing: sometimes(pacing) };

const goodAnswer = fc.record({
  kind: fc.constant('status' as const),
  word: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...WORDS.slice(0, 3)) },
    { weight: 1, arbitrary: fc.constantFrom(...WORDS.slice(3)) },
  ),
  framing: fc.constantFrom(...FRAMINGS),
  ...reusable,
});
const http = (...statuses: (typeof HTTP_STATUSES)[number][]) =>
  fc.record({
    kind: fc.constant('http' as const),
    status: fc.constantFrom(...statuses),
    ...reusable,
  });
const noStatus = (...bodies: (typeof NO_STATUS)[number][]) =>
  fc.record({
    kind: fc.constant('no status' as const),
    body: fc.constantFrom(...bodies),
    ...reusable,
  });
const broken = fc.record({
  kind: fc.constantFrom(...(Object.keys(BROKEN) as Broken[])),
  latency,
});
const redirect = fc.record({
  kind: fc.constant('redirect' as const),
  status: fc.constantFrom(...REDIRECTS),
  to: fc.constantFrom('itself' as const, 'elsewhere' as const),
  latency,
});

const oneAnswer: fc.Arbitrary<readonly Answer[]> = fc
  .oneof(
    { weight: 12, arbitrary: goodAnswer },
    { weight: 8, arbitrary: broken },
    { weight: 2, arbitrary: fc.constant({ kind: 'refused' as const }) },
    { weight: 3, arbitrary: http(408, 425, 429, 500, 502, 503, 504) },
    { weight: 1, arbitrary: http(401, 403, 404, 404, 404, 422, 400, 410) },
    { weight: 2, arbitrary: noStatus(...NO_STATUS.slice(0, 4)) },
    { weight: 1, arbitrary: noStatus(...NO_STATUS.slice(4)) },
    { weight: 1, arbitrary: redirect },
  )
  .map((answer): readonly Answer[] => [answer]);
const storm: fc.Arbitrary<readonly Answer[]> = fc.oneof(
  fc.array(http(429), { minLength: 3, maxLength: 6 }),
  fc.array(http(500, 502, 503, 504), { minLength: 3, maxLength: 6 }),
);

const schedule = {
  initialDelay: fc.constantFrom(0, 1, 2, 5),
  factor: fc.constantFrom(1, 1.5, 2),
  maxDelay: fc.constantFrom(2, 5, 10),
  jitter: fc.constantFrom(0, 0.1, 0.5, 1),
};

const options: fc.Arbitrary<Options> = fc.record({
  requestTimeout: fc.constant(REQUEST_TIMEOUT),
  timeout: fc.oneof(
    { weight: 7, arbitrary: fc.constant(Infinity) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 300 }) },
  ),
  notFoundGrace: fc.constantFrom(0, Infinity),
  unknownStatus: fc.constantFrom('error' as const, 'ignore' as const),
  knownStatus: sometimes(fc.constantFrom(...WORDS)),
  backoff: fc.record({ ...schedule, resetOnChange: fc.boolean() }),
  retry: fc.record({
    ...schedule,
    maxRetries: fc.constantFrom(0, 1, 2, 5, 5, 10, 10, 20, Infinity),
    maxRetryAfter: fc.constant(MAX_RETRY_AFTER),
  }),
});

const stop: fc.Arbitrary<Stop> = fc.record({
  how: fc.constantFrom('unsubscribes' as const, 'aborts' as const),
  after: fc.oneof(fc.nat({ max: 60 }), fc.record({ next: fc.integer({ min: 1, max: 4 }) })),
});

/** Any history. */
export const history: fc.Arbitrary<History> = fc.record({
  client: fc.oneof(
    { weight: 3, arbitrary: fc.constant('the platform' as const) },
    { weight: 1, arbitrary: fc.constant('cross-fetch' as const) },
  ),
  options,
  answers: fc
    .array(fc.oneof({ weight: 9, arbitrary: oneAnswer }, { weight: 1, arbitrary: storm }), {
      minLength: 1,
      maxLength: 6,
      size: 'max',
    })
    .map((answers) => answers.flat()),
  stop: sometimes(stop),
});
