import fc from 'fast-check';
import {
  type Act,
  type Answer,
  type Delay,
  type Drawn,
  type Dress,
  type History,
  type InsideEvent,
  type LeavingAct,
  type NudgeAct,
  type Pacing,
  type PauseAct,
  type ShouldRetry,
  type Verdict,
  type Vocabulary,
  BROWSER_USE,
} from './history.js';
import { predict } from './model.js';

// Times come from small grids, so that much falls on the same instant.

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

/** `undefined` in all but one of `outOf` draws. */
function once<T>(outOf: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: outOf - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary },
  );
}

/** A default now and then, and sometimes spelled out as `undefined`, which is the same. */
const or = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 6 });

const jitter = fc.constantFrom(0, 0, 0, 0.5, 0.25, 1, 0.1, undefined);

const drawn = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Drawn>(0, 0.25, 0.5, 0.75, 1, 0.1) },
  { weight: 1, arbitrary: fc.constantFrom<Drawn>(-1, 2, Number.NaN, Infinity) },
);

/** `random` of a list, which seldom throws, and never where there is nothing to spread. */
const draws = fc.tuple(
  fc.array(drawn, { minLength: 1, maxLength: 4 }),
  once(40, fc.constant<Drawn>('throws')),
);
const drawsWith = ([values, last]: [Drawn[], Drawn | undefined], spread: number | undefined) =>
  last === undefined || spread === 0 ? values : [...values, last];

const delayOption = (vocabulary: Vocabulary): fc.Arbitrary<Delay> =>
  fc.record({
    bySeen: fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom<Drawn>(0, 1, 100, 250, 500, 1_000, 1_000_000) },
        { weight: 1, arbitrary: fc.constantFrom<Drawn>(-1, Infinity) },
        { weight: 1, arbitrary: fc.constant<Drawn>(Number.NaN) },
        { weight: 1, arbitrary: fc.constant<Drawn>('throws') },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    slowWhile: fc.oneof(
      fc.constant(vocabulary.statuses[0]),
      fc.constantFrom(...vocabulary.statuses),
    ),
    slow: fc.constantFrom(250, 2_000, 5_000),
  });

const backoff = (vocabulary: Vocabulary) =>
  fc.record({
    initialDelay: or(fc.constantFrom(0, 1, 100, 250, 500, 1_000)),
    factor: or(fc.constantFrom(1, 1.5, 2, 3, 1e200)),
    // With a `delay` of its own, `maxDelay: 0` would ask for a value between 1 and 0.
    maxDelay: or(fc.constantFrom(1, 250, 1_000, 4_000, 2_147_483_647)),
    jitter,
    resetOnChange: or(fc.boolean()),
    delay: once(3, delayOption(vocabulary)),
  });

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

const verdict = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Verdict>('retry', 'retry', 'give up') },
  { weight: 1, arbitrary: fc.constant<Verdict>('throws') },
);

const shouldRetry: fc.Arbitrary<ShouldRetry> = fc.record({
  verdicts: fc.dictionary(fc.constantFrom(...CODES), verdict, {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  otherwise: verdict,
  patience: fc.constantFrom(Infinity, Infinity, 0, 1, 2, 3),
});

const retry = fc.record({
  maxRetries: or(fc.constantFrom(3, 5, Infinity, 0, 1, 2)),
  initialDelay: or(fc.constantFrom(0, 1, 100, 250, 500)),
  factor: or(fc.constantFrom(1, 2, 3)),
  maxDelay: or(fc.constantFrom(0, 250, 1_000, 30_000)),
  jitter,
  maxRetryAfter: or(fc.constantFrom(3_000, 0, 500, 1_000, 2_147_483_647)),
  shouldRetry: once(4, shouldRetry),
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
    form: fc.constant('nonsense' as const),
    text: fc.constantFrom('', '1.5', '-1', '1, 2', 'soon', '0x10', '1e3', '+1', 'Thu, 32 Jan 1970'),
    msText: fc.constantFrom(undefined, '', 'soon', '-1', '100, 200'),
  }),
);

const arrives = { latency, pacing: once(3, pacing) };

const status = (words: readonly string[]): fc.Arbitrary<Answer> =>
  fc.record({
    kind: fc.constant('status' as const),
    // The first words are the ones that go on; repeated, they are what a backoff grows on.
    word: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...words.slice(0, 1)) },
      { weight: 4, arbitrary: fc.constantFrom(...words.slice(0, 2)) },
      { weight: 1, arbitrary: fc.constantFrom(...words) },
    ),
    dress: fc.oneof(
      { weight: 12, arbitrary: fc.constant<Dress>('plain') },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Dress>(
          'white space',
          'byte order mark',
          'longest',
          '201',
          'more to come',
        ),
      },
    ),
    ...arrives,
  });

const transient: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({
    kind: fc.constant('http' as const),
    status: fc.constantFrom(500, 502, 503, 429, 429, 408, 425, 599),
    body: fc.constantFrom('{"detail":"Slow down"}', '<html>Bad gateway</html>', ''),
    latency,
    pacing: once(2, pacing),
  }),
  fc.record({
    kind: fc.constant('not JSON' as const),
    body: fc.constantFrom('<html>Log in</html>', '', '"runn', 'running'),
    ...arrives,
  }),
  fc.constant({ kind: 'transport throws' as const }),
  fc.record({ kind: fc.constant('transport errors' as const), latency }),
  fc.record({ kind: fc.constant('transport completes' as const), latency }),
  fc.constant({ kind: 'silence' as const }),
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
    ...arrives,
  }),
  fc.record({
    kind: fc.constant('not a word' as const),
    json: fc.constantFrom('5', '{}', '[]', 'null', 'true', '{"status":"running"}'),
    ...arrives,
  }),
  fc.record({ kind: fc.constant('no content' as const), ...arrives }),
  fc.record({ kind: fc.constant('too long' as const), ...arrives }),
  fc.record({ kind: fc.constant('no response' as const), latency }),
  fc.constant({ kind: 'no source' as const }),
);

const notFound: fc.Arbitrary<Answer> = fc.record({
  kind: fc.constant('http' as const),
  status: fc.constant(404),
  body: fc.constantFrom('{"detail":"Task not found"}', 'Not Found'),
  ...arrives,
});

const unknownWord = (words: readonly string[]): fc.Arbitrary<Answer> =>
  fc.record({
    kind: fc.constant('unknown word' as const),
    // Mostly one word, so that it comes twice in a row.
    word: fc.oneof(fc.constantFrom(...words.slice(0, 1)), fc.constantFrom(...words)),
    ...arrives,
  });

const answer = (vocabulary: Vocabulary): fc.Arbitrary<Answer> =>
  fc.oneof(
    { weight: 24, arbitrary: status(vocabulary.statuses) },
    { weight: 11, arbitrary: transient },
    { weight: 2, arbitrary: permanent },
    { weight: 2, arbitrary: notFound },
    { weight: 2, arbitrary: unknownWord(vocabulary.unknown) },
  );

/** It is terminal and comes at once, so that every history comes to rest. */
const lastAnswer = (vocabulary: Vocabulary): fc.Arbitrary<Answer> =>
  fc.record({
    kind: fc.constant('status' as const),
    word: fc.constantFrom(...vocabulary.terminal),
    dress: fc.constant('plain' as const),
    latency: fc.constant(0),
  });

const pauseAct = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<PauseAct>('pause', 'resume') },
  { weight: 1, arbitrary: fc.constantFrom<PauseAct>('pauseWhile completes', 'pauseWhile errors') },
);
const nudgeAct = fc.oneof(
  { weight: 20, arbitrary: fc.constant<NudgeAct>('nudge') },
  { weight: 1, arbitrary: fc.constantFrom<NudgeAct>('pollNow completes', 'pollNow errors') },
);
const leavingAct = fc.constantFrom<LeavingAct>('abort', 'unsubscribe');
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 24, arbitrary: nudgeAct },
  { weight: 24, arbitrary: pauseAct },
  { weight: 1, arbitrary: leavingAct },
);

/** A time of its own, or one that has a meaning in the history as it is without it. */
type Moment = { readonly at: number } | { readonly nth: number; readonly off: number };

const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ at: instant }) },
  {
    weight: 3,
    arbitrary: fc.record({ nth: fc.nat({ max: 30 }), off: fc.constantFrom(0, 0, 0, 1, -1) }),
  },
);

/**
 * When a moment is, ms after the subscription. The instants that mean something, the end of a wait
 * or of a request or of a timeout, are known to the model.
 */
function settle(moment: Moment, history: History): number {
  if ('at' in moment) return moment.at;
  const { instants } = predict(history, 'taskPolls$');
  return Math.max(0, (instants[moment.nth % instants.length] ?? 0) + moment.off);
}

/** Within the range of the option. */
const timeoutAt = (ms: number) => (ms === Infinity ? ms : Math.min(ms, 2_147_483_647));

/** Acts that mean something together, `gap` ms apart, the first at a moment. */
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
        ['pause', 'nudge', 'resume'],
        ['nudge', 'pause', 'resume'],
        ['nudge', 'nudge'],
      ),
    },
  ),
  gap: fc.constantFrom(0, 1, 50),
  lead: once(2, ms),
});

function addEvents(history: History, { moment, acts, gap, lead }: DraftEvents): History {
  const first = settle(moment, history);
  const added = acts.map((act, index) => {
    const at = first + index * gap;
    return { at, booked: lead === undefined ? undefined : Math.max(0, at - lead), act };
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
      after: once(3, ms),
    }),
  },
  {
    // A transport that ends the watch that asks it is strange; one that nudges it would be stranger.
    weight: 1,
    arbitrary: fc.record({
      inside: fc.constant('transport' as const),
      nth: fc.integer({ min: 1, max: 4 }),
      act: leavingAct,
      after: once(3, ms),
    }),
  },
);

const historyIn = (vocabulary: Vocabulary): fc.Arbitrary<History> =>
  fc
    .record({
      start: fc.constantFrom(0, 0, 1_000_000_000_000),
      backoff: or(backoff(vocabulary)),
      retry: fc.oneof(
        { weight: 10, arbitrary: retry },
        { weight: 1, arbitrary: fc.constantFrom(undefined, false as const) },
      ),
      draws: fc.record({ backoff: draws, retry: draws }),
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
      knownStatus: once(
        3,
        fc.oneof(fc.constant(vocabulary.statuses[0]), fc.constantFrom(...vocabulary.statuses)),
      ),
      answers: fc.array(answer(vocabulary), { maxLength: 10, size: 'max' }),
      lastAnswer: lastAnswer(vocabulary),
      aborted: once(60, fc.constant(true)),
      onPause: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        {
          weight: 1,
          arbitrary: fc.array(
            fc.oneof({ weight: 9, arbitrary: pauseAct }, { weight: 1, arbitrary: leavingAct }),
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
    .map(({ backoff, retry, draws, aborted, onPause, onPollNow, timeout, events, ...drawn }) => {
      const endless: History = {
        start: drawn.start,
        vocabulary,
        options: {
          backoff,
          retry,
          random: {
            backoff: drawsWith(draws.backoff, backoff?.jitter),
            retry: drawsWith(draws.retry, retry === false ? 0 : retry?.jitter),
          },
          timeout: undefined,
          requestTimeout: drawn.requestTimeout,
          notFoundGrace: drawn.notFoundGrace,
          unknownStatus: drawn.unknownStatus,
          knownStatus: drawn.knownStatus,
        },
        answers: drawn.answers,
        lastAnswer: drawn.lastAnswer,
        aborted: aborted ?? false,
        onSubscribe: { pauseWhile: onPause, pollNow: onPollNow },
        events: [],
        inside: drawn.inside,
      };
      const bounded: History = {
        ...endless,
        options: { ...endless.options, timeout: timeout && timeoutAt(settle(timeout, endless)) },
      };
      return events.reduce(addEvents, bounded);
    });

/** Words that look like others, or like what every object has, and any text at all. */
const word = fc.oneof(
  fc.constantFrom('queued', 'done', 'running', 'finished', 'Done', 'done ', 'constructor', ''),
  fc.string(),
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
        return fc.subarray(statuses, { minLength: 1 }).map((terminal) => ({
          statuses,
          terminal,
          unknown: words.slice(known),
          wrapped,
        }));
      }),
  );

/** A random history, mostly in the words of the default API, else in those of a random one. */
export const history = (): fc.Arbitrary<History> =>
  fc.oneof(
    { weight: 3, arbitrary: historyIn(BROWSER_USE) },
    { weight: 1, arbitrary: vocabulary.chain(historyIn) },
  );

/** A random history in which nothing happens but answers, waits and timeouts. */
export const undisturbed = (): fc.Arbitrary<History> =>
  history().map((it) => ({
    ...it,
    aborted: false,
    onSubscribe: { pauseWhile: [], pollNow: [] },
    events: [],
    inside: [],
  }));
