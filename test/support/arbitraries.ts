// Over 300 lines: one arbitrary for each part of a history, and what they share.
import fc from 'fast-check';
import {
  type Act,
  type Answer,
  type ApiFields,
  type DelayFunction,
  type ReturnValue,
  type BodyFormat,
  type History,
  type InsideEvent,
  type StopAct,
  type OwnDelay,
  type PollNowAct,
  type Pacing,
  type PauseAct,
  type ResultStage,
  type ShouldRetry,
  type RetryDecision,
  type Vocabulary,
  BROWSER_USE,
} from './history.js';
import { predict } from './model.js';

// Times come from small sets, so that events often coincide.

const ms = fc.constantFrom(0, 1, 50, 100, 125, 200, 250, 300, 400, 500, 750, 1_000, 1_500, 2_000);
const latency = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: ms },
  { weight: 1, arbitrary: fc.constantFrom(29_999, 30_000, 30_001, 40_000, 60_000) },
);
const instant = fc.oneof(
  { weight: 4, arbitrary: ms },
  { weight: 4, arbitrary: fc.nat({ max: 40 }).map((n) => n * 125) },
  { weight: 1, arbitrary: fc.nat({ max: 10 }).map((n) => n * 10_000) },
);

/** A value in one of `outOf` randoms, else `undefined`. */
function oneIn<T>(outOf: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: outOf - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary },
  );
}

/** `undefined`, which means the default, in one of seven randoms. */
const orDefault = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined, freq: 6 });

const jitter = fc.constantFrom(0, 0, 0, 0.5, 0.25, 1, 0.1, undefined);

const randomValue = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<ReturnValue>(0, 0.25, 0.5, 0.75, 1, 0.1) },
  { weight: 1, arbitrary: fc.constantFrom<ReturnValue>(-1, 2, Number.NaN, Infinity) },
);

/** The values of a `random`. It seldom throws, and never without jitter. */
const randomValues = fc.tuple(
  fc.array(randomValue, { minLength: 1, maxLength: 4 }),
  oneIn(20, fc.constant<ReturnValue>('throws')),
);
const valuesWith = (
  [values, last]: [ReturnValue[], ReturnValue | undefined],
  jitter: number | undefined,
) => (last === undefined || jitter === 0 ? values : [...values, last]);

const delayOption = (vocabulary: Vocabulary): fc.Arbitrary<DelayFunction> =>
  fc.record({
    bySeen: fc.array(
      fc.oneof(
        {
          weight: 8,
          arbitrary: fc.constantFrom<ReturnValue>(0, 1, 100, 250, 500, 1_000, 1_000_000),
        },
        { weight: 1, arbitrary: fc.constantFrom<ReturnValue>(-1, Infinity) },
        { weight: 1, arbitrary: fc.constant<ReturnValue>(Number.NaN) },
        { weight: 1, arbitrary: fc.constant<ReturnValue>('throws') },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    slowFrom: fc.constantFrom(undefined, undefined, 1_000, 2_500),
    slowStatus: fc.oneof(
      fc.constant(vocabulary.statuses[0]),
      fc.constantFrom(...vocabulary.statuses),
    ),
    slowDelay: fc.constantFrom(250, 2_000, 5_000),
  });

/** Without `maxDelay`, a longer `initialDelay` than 5,000 is the longest delay. */
const initialAndMaxDelay = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      initialDelay: orDefault(fc.constantFrom(0, 1, 100, 250, 500, 1_000)),
      // not 0: a `delay` function is clamped to 1..maxDelay
      maxDelay: orDefault(fc.constantFrom(1, 250, 1_000, 4_000, 2_147_483_647)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      initialDelay: fc.constantFrom(5_001, 6_000, 10_000),
      maxDelay: fc.constant(undefined),
    }),
  },
);

const backoff = (vocabulary: Vocabulary) =>
  fc
    .record({
      limits: initialAndMaxDelay,
      factor: orDefault(fc.constantFrom(1, 1.5, 2, 3, 1e200)),
      jitter,
      resetOnChange: orDefault(fc.boolean()),
      delay: oneIn(3, delayOption(vocabulary)),
    })
    .map(({ limits, ...backoff }) => ({ ...limits, ...backoff }));

const CODES = [
  'not-found',
  'invalid',
  'unauthorized',
  'rate-limited',
  'http',
  'unexpected-response',
  'network',
  'request-timeout',
];

const decision = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<RetryDecision>('retry', 'retry', 'give up') },
  { weight: 5, arbitrary: fc.constantFrom<RetryDecision>('default', 'default', 'opposite') },
  { weight: 1, arbitrary: fc.constant<RetryDecision>('throws') },
);

const shouldRetry: fc.Arbitrary<ShouldRetry> = fc.record({
  decisions: fc.dictionary(fc.constantFrom(...CODES), decision, {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  otherwise: decision,
  upToRetries: fc.constantFrom(Infinity, Infinity, 0, 1, 2, 3),
});

const retry = fc.record({
  maxRetries: orDefault(fc.constantFrom(3, 5, Infinity, 0, 1, 2)),
  initialDelay: orDefault(fc.constantFrom(0, 1, 100, 250, 500)),
  factor: orDefault(fc.constantFrom(1, 2, 3)),
  maxDelay: orDefault(fc.constantFrom(0, 250, 1_000, 30_000)),
  jitter,
  maxRetryAfter: orDefault(fc.constantFrom(3_000, 0, 500, 1_000, 2_147_483_647)),
  shouldRetry: oneIn(4, shouldRetry),
});

const pacing: fc.Arbitrary<Pacing> = fc.oneof(
  fc.record({
    form: fc.constant('seconds' as const),
    seconds: fc.constantFrom(0, 1, 2, 3, 5, 9_999_999_999),
    msText: fc.constantFrom(undefined, undefined, 'soon', ''),
  }),
  fc.record({
    form: fc.constant('ms' as const),
    ms: fc.constantFrom(0, 1, 50, 250, 300, 500, 1_000, 1_500),
    besideSeconds: fc.constantFrom(undefined, 0, 1, 2),
  }),
  fc.record({
    form: fc.constantFrom('imf-fixdate' as const, 'rfc850' as const, 'asctime' as const),
    seconds: fc.constantFrom(-5, 0, 1, 2, 3, 400_000),
    serverClock: fc.constantFrom('no Date header' as const, 0, 3_600, -2),
  }),
  fc.record({
    form: fc.constant('malformed' as const),
    text: fc.constantFrom('', '1.5', '-1', '1, 2', 'soon', '0x10', '1e3', '+1', 'Thu, 32 Jan 1970'),
    msText: fc.constantFrom(undefined, '', 'soon', '-1', '100, 200'),
  }),
);

/** Shorter and longer than the delays of `pacing`, and what is no delay. */
const ownDelay = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<OwnDelay>(1, 250, 750, 1_500, 2_500, 4_000, 400_000) },
  { weight: 2, arbitrary: fc.constantFrom<OwnDelay>(0, -1, Number.NaN, Infinity, 'soon') },
  { weight: 1, arbitrary: fc.constant<OwnDelay>('throws') },
);

const delivery = { latency, pacing: oneIn(3, pacing), ownDelay: oneIn(3, ownDelay) };

const status = (words: readonly string[]): fc.Arbitrary<Answer> =>
  fc.record({
    kind: fc.constant('status' as const),
    // mostly one of the first two, so that words repeat and the backoff grows
    word: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...words.slice(0, 1)) },
      { weight: 4, arbitrary: fc.constantFrom(...words.slice(0, 2)) },
      { weight: 1, arbitrary: fc.constantFrom(...words) },
    ),
    format: fc.oneof(
      { weight: 12, arbitrary: fc.constant<BodyFormat>('plain') },
      {
        weight: 1,
        arbitrary: fc.constantFrom<BodyFormat>(
          'white space',
          'byte order mark',
          'longest',
          '201',
          'more values',
        ),
      },
    ),
    ...delivery,
  });

const transient: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({
    kind: fc.constant('http' as const),
    status: fc.constantFrom(500, 502, 503, 429, 429, 408, 425, 599),
    body: fc.constantFrom('{"detail":"Slow down"}', '<html>Bad gateway</html>', ''),
    ...delivery,
    pacing: oneIn(2, pacing),
  }),
  fc.record({
    kind: fc.constant('not JSON' as const),
    body: fc.constantFrom('<html>Log in</html>', '', '"runn', 'running'),
    ...delivery,
  }),
  fc.constant({ kind: 'transport throws' as const }),
  fc.record({ kind: fc.constant('transport errors' as const), latency }),
  fc.record({ kind: fc.constant('transport completes' as const), latency }),
  fc.constant({ kind: 'no answer' as const }),
);

const permanent: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({
    kind: fc.constant('http' as const),
    status: fc.constantFrom(422, 422, 401, 403, 410, 418, 301, 304, 0),
    body: fc.constantFrom(
      '{"detail":"No"}',
      '{"detail":[{"loc":["path"],"msg":"bad","type":"x"}]}',
      '',
    ),
    ...delivery,
  }),
  fc.record({
    kind: fc.constant('not a string' as const),
    json: fc.constantFrom('5', '{}', '[]', 'null', 'true', '{"status":"running"}'),
    ...delivery,
  }),
  fc.record({ kind: fc.constant('no content' as const), ...delivery }),
  fc.record({ kind: fc.constant('too long' as const), ...delivery }),
  fc.record({ kind: fc.constant('no response' as const), latency }),
  fc.constant({ kind: 'not subscribable' as const }),
);

const notFound: fc.Arbitrary<Answer> = fc.record({
  kind: fc.constant('http' as const),
  status: fc.constant(404),
  body: fc.constantFrom('{"detail":"Task not found"}', 'Not Found'),
  ...delivery,
});

const unknownWord = (words: readonly string[]): fc.Arbitrary<Answer> =>
  fc.record({
    kind: fc.constant('unknown word' as const),
    // mostly one word, so that it repeats
    word: fc.oneof(fc.constantFrom(...words.slice(0, 1)), fc.constantFrom(...words)),
    ...delivery,
  });

/** An answer that reports by its HTTP status. */
const empty: fc.Arbitrary<Answer> = fc.record({
  kind: fc.constant('empty' as const),
  status: fc.constantFrom(202, 202, 200, 201, 204),
  body: fc.constantFrom('', ' \r\n'),
  ...delivery,
});

const answer = (vocabulary: Vocabulary): fc.Arbitrary<Answer> =>
  fc.oneof(
    { weight: vocabulary.fields?.byCode ? 16 : 1, arbitrary: empty },
    { weight: 24, arbitrary: status(vocabulary.statuses) },
    { weight: 11, arbitrary: transient },
    { weight: 2, arbitrary: permanent },
    { weight: 2, arbitrary: notFound },
    { weight: 2, arbitrary: unknownWord(vocabulary.unknown) },
  );

/** An answer to the request of a result: every JSON is one. */
const resultAnswer = (vocabulary: Vocabulary): fc.Arbitrary<Answer> =>
  fc
    .oneof(
      { weight: 4, arbitrary: fc.oneof(status(vocabulary.statuses), empty) },
      { weight: 40, arbitrary: transient },
      { weight: 2, arbitrary: permanent },
      { weight: 2, arbitrary: notFound },
      { weight: 1, arbitrary: unknownWord(vocabulary.unknown) },
    )
    // up to 16 MiB are too slow
    .filter((it) => it.kind !== 'too long' && !('format' in it && it.format === 'longest'));

/** A terminal status that comes at once, so that every history ends. */
const lastAnswer = (vocabulary: Vocabulary): fc.Arbitrary<Answer> =>
  fc.record({
    kind: fc.constant('status' as const),
    word: fc.constantFrom(...vocabulary.terminal),
    format: fc.constant('plain' as const),
    latency: fc.constant(0),
  });

const pauseAct = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<PauseAct>('pause', 'resume') },
  { weight: 1, arbitrary: fc.constantFrom<PauseAct>('pauseWhile completes', 'pauseWhile errors') },
);
const pollNowAct = fc.oneof(
  { weight: 20, arbitrary: fc.constant<PollNowAct>('pollNow') },
  { weight: 1, arbitrary: fc.constantFrom<PollNowAct>('pollNow completes', 'pollNow errors') },
);
const stopAct = fc.constantFrom<StopAct>('abort', 'unsubscribe');
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 24, arbitrary: pollNowAct },
  { weight: 24, arbitrary: pauseAct },
  { weight: 1, arbitrary: stopAct },
);

/** A time, or one of the times at which something happens in the history so far. */
type Moment = { readonly at: number } | { readonly nth: number; readonly off: number };

const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ at: instant }) },
  {
    weight: 3,
    arbitrary: fc.record({ nth: fc.nat({ max: 30 }), off: fc.constantFrom(0, 0, 0, 1, -1) }),
  },
);

/**
 * The time of a moment, ms after the subscription. The model knows when something happens: the end of
 * a delay, a request or a timeout.
 */
function timeOf(moment: Moment, history: History): number {
  if ('at' in moment) return moment.at;
  const { instants } = predict(history, history.result ? 'taskResult$' : 'taskPolls$');
  return Math.max(0, (instants[moment.nth % instants.length] ?? 0) + moment.off);
}

/** Clamps to the range of the option. */
const timeoutAt = (ms: number) => (ms === Infinity ? ms : Math.min(ms, 2_147_483_647));

/** Acts `gap` ms apart, the first at a moment, each scheduled `lead` ms before. */
interface DraftEvents {
  readonly moment: Moment;
  readonly acts: readonly Act[];
  readonly gap: number;
  readonly lead: number | undefined;
}

const draftEvents: fc.Arbitrary<DraftEvents> = fc.record({
  moment,
  acts: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(act) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<readonly Act[]>(
        ['pause', 'resume'],
        ['pause', 'pollNow', 'resume'],
        ['pollNow', 'pause', 'resume'],
        ['pollNow', 'pollNow'],
      ),
    },
  ),
  gap: fc.constantFrom(0, 1, 50),
  lead: oneIn(2, ms),
});

function addEvents(history: History, { moment, acts, gap, lead }: DraftEvents): History {
  const first = timeOf(moment, history);
  const added = acts.map((act, index) => {
    const at = first + index * gap;
    return { at, scheduledAt: lead === undefined ? undefined : Math.max(0, at - lead), act };
  });
  return { ...history, events: [...history.events, ...added] };
}

const insideEvent: fc.Arbitrary<InsideEvent> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      inside: fc.constant('next' as const),
      nth: fc.constantFrom(1, 1, 2, 3, 4, 5),
      act,
      after: oneIn(3, ms),
    }),
  },
  {
    // a transport may end the watch; it does not pause or poll
    weight: 1,
    arbitrary: fc.record({
      inside: fc.constant('transport' as const),
      nth: fc.integer({ min: 1, max: 4 }),
      act: stopAct,
      after: oneIn(3, ms),
    }),
  },
);

const historyIn = (
  vocabulary: Vocabulary,
  answers = answer(vocabulary),
  result?: fc.Arbitrary<ResultStage>,
): fc.Arbitrary<History> =>
  fc
    .record({
      result: result ?? fc.constant(undefined),
      start: fc.constantFrom(0, 0, 1_000_000_000_000),
      backoff: orDefault(backoff(vocabulary)),
      retry: fc.oneof(
        { weight: 10, arbitrary: retry },
        { weight: 1, arbitrary: fc.constantFrom(undefined, false as const) },
      ),
      randoms: fc.record({ backoff: randomValues, retry: randomValues }),
      timeout: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(undefined, { at: Infinity }) },
        { weight: 2, arbitrary: moment },
      ),
      requestTimeout: fc.constantFrom(undefined, undefined, Infinity, 40_000, 1, 250, 500, 1_000),
      notFoundGrace: fc.oneof(fc.constantFrom(undefined, 0, Infinity), ms),
      unknownStatus: fc.constantFrom(
        'ignore' as const,
        'ignore' as const,
        'error' as const,
        undefined,
      ),
      knownStatus: oneIn(
        3,
        fc.oneof(fc.constant(vocabulary.statuses[0]), fc.constantFrom(...vocabulary.statuses)),
      ),
      apiKey: oneIn(3, fc.constant('k3y-of-the-api')),
      headers: oneIn(3, fc.constantFrom({ 'CONTENT-type': 'text/own' }, { 'x-tenant': 'one' })),
      answers: fc.array(answers, { maxLength: 10, size: 'max' }),
      lastAnswer: lastAnswer(vocabulary),
      aborted: oneIn(60, fc.constant(true)),
      onPause: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        {
          weight: 1,
          arbitrary: fc.array(
            fc.oneof({ weight: 9, arbitrary: pauseAct }, { weight: 1, arbitrary: stopAct }),
            {
              maxLength: 3,
            },
          ),
        },
      ),
      onPollNow: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(act, { maxLength: 2 }) },
      ),
      events: fc.array(draftEvents, { maxLength: 5, size: 'max' }),
      inside: fc.array(insideEvent, { maxLength: 3, size: 'max' }),
    })
    .map(({ backoff, retry, randoms, aborted, onPause, onPollNow, timeout, events, ...drawn }) => {
      const withoutTimeout: History = {
        start: drawn.start,
        result: drawn.result,
        vocabulary,
        options: {
          backoff,
          retry,
          random: {
            backoff: valuesWith(randoms.backoff, backoff?.jitter),
            retry: valuesWith(randoms.retry, retry === false ? 0 : retry?.jitter),
          },
          timeout: undefined,
          requestTimeout: drawn.requestTimeout,
          notFoundGrace: drawn.notFoundGrace,
          unknownStatus: drawn.unknownStatus,
          knownStatus: drawn.knownStatus,
          apiKey: drawn.apiKey,
          headers: drawn.headers,
        },
        answers: drawn.answers,
        lastAnswer: drawn.lastAnswer,
        aborted: aborted ?? false,
        onSubscribe: { pauseWhile: onPause, pollNow: onPollNow },
        events: [],
        inside: drawn.inside,
      };
      const withTimeout: History = {
        ...withoutTimeout,
        options: {
          ...withoutTimeout.options,
          timeout: timeout && timeoutAt(timeOf(timeout, withoutTimeout)),
        },
      };
      return events.reduce(addEvents, withTimeout);
    });

/** Words that resemble others or names of object properties, and any text. */
const word = fc.oneof(
  fc.constantFrom('queued', 'done', 'running', 'finished', 'Done', 'done ', 'constructor', ''),
  fc.string(),
);

/** The fields that a task API may have besides its words. */
const fieldsWith = (
  words: readonly string[],
  known: readonly string[],
): fc.Arbitrary<ApiFields | undefined> =>
  fc.option(
    fc.record({
      details: oneIn(
        2,
        fc.record({
          json: fc.constantFrom(true, true, true, false),
          throwsFor: oneIn(6, fc.constantFrom(...known)),
        }),
      ),
      request: oneIn(
        2,
        fc.oneof(
          fc.record({
            method: fc.constant('POST' as const),
            headers: fc.constantFrom(
              undefined,
              { 'Content-Type': 'application/json' },
              { 'X-Tenant': 'of the API', 'x-KEY': 'of the API', Accept: 'text/json' },
            ),
            body: fc.constantFrom(undefined, '', '{"id":"task"}'),
          }),
          fc.constantFrom({}, { method: 'GET' as const, headers: { accept: 'text/json' } }),
        ),
      ),
      byCode: oneIn(
        2,
        fc.record({
          200: fc.constantFrom(...words),
          202: fc.oneof(fc.constant(known[0] ?? ''), fc.constantFrom(...words)),
          204: fc.constantFrom(...words),
        }),
      ),
      retryAfter: fc.boolean(),
      bodyLimit: fc.constantFrom(undefined, undefined, 1_000, 100_000),
      path: fc.constantFrom(undefined, 'bare' as const, 'URL' as const, 'URL with a hash' as const),
    }),
    { nil: undefined, freq: 4 },
  );

/** A task API of random words, any of which may be terminal. */
const vocabulary: fc.Arbitrary<Vocabulary> = fc
  .uniqueArray(word, { minLength: 3, maxLength: 8 })
  .chain((words) =>
    fc
      .record({
        known: fc.integer({ min: 1, max: words.length - 1 }),
        wrapped: fc.boolean(),
      })
      .chain(({ known, wrapped }) => {
        const statuses = words.slice(0, known);
        return fc
          .tuple(fc.subarray(statuses, { minLength: 1 }), fieldsWith(words, statuses))
          .map(([terminal, fields]) => ({
            statuses,
            terminal,
            unknown: words.slice(known),
            wrapped,
            fields,
          }));
      }),
  );

/** A random history, mostly with the default API, else with a random one. */
export const history = (): fc.Arbitrary<History> =>
  fc.oneof(
    { weight: 3, arbitrary: historyIn(BROWSER_USE) },
    { weight: 2, arbitrary: vocabulary.chain(historyIn) },
  );

/** A random history of a successful task and the requests for its result. */
export const resultHistory = (): fc.Arbitrary<History> =>
  fc.oneof(fc.constant(BROWSER_USE), vocabulary).chain((it) => {
    const { throwsFor } = it.fields?.details ?? {};
    const words = it.terminal.filter((word) => word !== throwsFor);
    if (words.length === 0) return resultHistory();
    const stage = fc.record({
      word: fc.constantFrom(...words),
      latency: fc.constantFrom(0, 0, 1, 300),
      resultThrows: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
    });
    return historyIn(it, resultAnswer(it), stage).map((history) => ({
      ...history,
      aborted: false,
      options: { ...history.options, requestTimeout: atLeast(301, history.options.requestTimeout) },
    }));
  });

/** A `requestTimeout` that the poll before the result does not reach. */
const atLeast = (ms: number, limit: number | undefined) => limit && Math.max(ms, limit);

/** A random history without events: only answers, delays and timeouts. */
export const undisturbed = (): fc.Arbitrary<History> =>
  history().map((it) => ({
    ...it,
    aborted: false,
    onSubscribe: { pauseWhile: [], pollNow: [] },
    events: [],
    inside: [],
  }));
