// Over 300 lines: the runner turns every kind of answer, event and option of a history into calls.
import { getEventListeners } from 'node:events';
import {
  Observable,
  type SchedulerAction,
  Subject,
  type Subscriber,
  type Subscription,
  takeUntil,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  browserUseV1,
  type DelayContext,
  defineTaskApi,
  isTaskStatusError,
  type StatusResponse,
  type StatusTransport,
  type TaskApi,
  type TaskPoll,
  taskPolls$,
  type TaskResult,
  taskResult$,
  type TaskStatusError,
  type TaskStatusOptions,
  taskStatus$,
} from '../../src/index.js';
import {
  ABORTED,
  type Act,
  type Answer,
  bodyLimitOf,
  delayFrom,
  detailsFrom,
  type History,
  jsonOf,
  ownDelayFrom,
  POLL_NOW_ERROR,
  PAUSE_WHILE_ERROR,
  RESULT_ERROR,
  type Pacing,
  randomFrom,
  shouldRetryFrom,
  type ResultStage,
  TASK_ID,
  BROWSER_USE,
  type Vocabulary,
} from './history.js';
import type {
  DelayCall,
  Ending,
  Entry,
  ErrorRecord,
  Observed,
  PollRecord,
  SentRequest,
  ShouldRetryCall,
  StreamName,
} from './trace.js';

/** More requests than any history makes. */
const MAX_REQUESTS = 10_000;

export interface HistoryRun extends Observed {
  /** Violations of the rules that hold in every history, in words. */
  readonly violations: readonly string[];
}

/**
 * Runs a history with the library in virtual time and records what can be seen of it. The times of the
 * trace are the scheduler's true times; `clock` maps a true time to what `now()` returns.
 */
export function runHistory(
  history: History,
  stream: StreamName,
  clock: (ms: number) => number = (ms) => ms,
): HistoryRun {
  const { start, result } = history;
  const trace: Entry[] = [];
  const requests: SentRequest[] = [];
  const abortedRequests: [number, number][] = [];
  const shouldRetryCalls: ShouldRetryCall[] = [];
  const delayCalls: DelayCall[] = [];
  const violations: string[] = [];
  const pollOf = new Map<unknown, number>();
  const scheduler = new CheckedScheduler((violation) => violations.push(violation));
  scheduler.now = () => clock(scheduler.frame);
  const abort = new AbortController();
  const unsubscribe$ = new Subject<void>();
  const pauseWhile = new Notifier<boolean>();
  const pollNow = new Notifier<string>();
  let ended = false;
  let inFlight = 0;
  let open = 0;
  let attempts = 0;
  let values = 0;

  const listeners = () => getEventListeners(abort.signal, 'abort').length;

  const acts: Readonly<Record<Act, () => void>> = {
    pause: () => pauseWhile.next(true),
    resume: () => pauseWhile.next(false),
    'pauseWhile completes': () => pauseWhile.complete(),
    'pauseWhile errors': () => pauseWhile.error(PAUSE_WHILE_ERROR),
    pollNow: () => pollNow.next('now'),
    'pollNow completes': () => pollNow.complete(),
    'pollNow errors': () => pollNow.error(POLL_NOW_ERROR),
    abort: () => abort.abort(ABORTED),
    unsubscribe: () => {
      if (ended) return;
      end('unsubscribed');
      unsubscribe$.next();
    },
  };

  const perform = (act: Act) => acts[act]();
  const onSubscribe = (act: Act) => isStarted && perform(act);

  function end(ending: Ending): void {
    trace.push([scheduler.frame, 'end', ending]);
    if (ended) violations.push('ended twice');
    ended = true;
    // checked after the call that ended the watch has returned
    scheduler.scheduleUnchecked(() => {
      if (scheduler.pending > 0) violations.push('a scheduled action after the end');
      if (open > 0) violations.push('a request open after the end');
      if (listeners() > 0) violations.push('a listener on signal after the end');
      if (pauseWhile.subscribed) violations.push('pauseWhile stays subscribed');
      if (pollNow.subscribed) violations.push('pollNow stays subscribed');
    }, 0);
    scheduler.closed = true;
  }

  /** Whether the poll before the request of a result has been answered. */
  let isStarted = result === undefined;

  /** Answers the poll before the request of a result. */
  const sendEnd = ({ word, latency }: ResultStage) =>
    new Observable<StatusResponse>((subscriber) => {
      scheduler.scheduleUnchecked(() => {
        isStarted = true;
        scheduleEvents();
        const body = JSON.stringify(jsonOf(history.vocabulary, { word }));
        subscriber.next({ status: 200, headers: {}, body });
      }, latency);
    });

  const transport: StatusTransport = (request) => {
    if (!isStarted && result) return sendEnd(result);
    attempts += 1;
    const attempt = attempts;
    let answered = false;
    trace.push([scheduler.frame, 'request', attempt]);
    const { url, method, headers, body } = request;
    requests.push({ url, method, headers: { ...headers }, ...(body !== undefined && { body }) });
    // every history ends, but a broken library may poll forever
    if (attempt === MAX_REQUESTS) {
      violations.push('a watch that does not end');
      perform('unsubscribe');
    }
    if (ended) violations.push('a request after the end');
    if (inFlight > 0) violations.push('two requests in flight');
    if (listeners() !== 1) violations.push(`${String(listeners())} listeners on signal`);
    if (request.signal === abort.signal) violations.push("the transport got the user's signal");
    if (request.signal.aborted) violations.push('a request started aborted');
    request.signal.addEventListener('abort', () => {
      if (!answered) abortedRequests.push([scheduler.frame, attempt]);
    });

    const answer = history.answers[attempt - 1] ?? history.lastAnswer;
    reenter('transport', attempt);
    if (answer.kind === 'transport throws') {
      answered = true;
      throw new Error('connection lost');
    }
    if (answer.kind === 'not subscribable') {
      answered = true;
      return 42 as never;
    }
    return new Observable<StatusResponse>((subscriber) => {
      inFlight += 1;
      open += 1;
      subscriber.add(() => {
        open -= 1;
        if (!answered) inFlight -= 1;
      });
      if (answer.kind === 'no answer') return;
      const deliver = () => {
        answered = true;
        inFlight -= 1;
        respond(answer, subscriber, history.vocabulary, scheduler.frame);
      };
      if (answer.latency === 0) deliver();
      else subscriber.add(scheduler.scheduleUnchecked(deliver, answer.latency));
    });
  };

  const options = {
    ...optionsOf(history),
    api: result ? resultApiOf(history.vocabulary, result) : apiOf(history.vocabulary),
    transport,
    scheduler,
    signal: abort.signal,
    pauseWhile: pauseWhile.toObservable(history.onSubscribe.pauseWhile, onSubscribe),
    pollNow: pollNow.toObservable(history.onSubscribe.pollNow, onSubscribe),
  };
  const shouldRetry = options.retry ? options.retry.shouldRetry : undefined;
  if (options.retry && shouldRetry) {
    options.retry.shouldRetry = (error, retries, transient) => {
      shouldRetryCalls.push([scheduler.frame, error.code, retries, transient]);
      return shouldRetry(error, retries, transient);
    };
  }
  const { delay } = options.backoff;
  if (delay) {
    options.backoff.delay = (seen, status, context) => {
      delayCalls.push([scheduler.frame, seen, status, { ...context }]);
      return delay(seen, status, context);
    };
  }

  function next(value: string | TaskPoll<string> | TaskResult<string>): void {
    if (ended) violations.push('a value after the end');
    values += 1;
    if (typeof value === 'string') {
      trace.push([scheduler.frame, 'emission', value]);
    } else if ('result' in value) {
      trace.push([scheduler.frame, 'result', value]);
    } else {
      if (value.error) pollOf.set(value.error, value.attempt);
      trace.push([scheduler.frame, 'poll', recordOf(value)]);
    }
    reenter('next', values);
  }

  function reenter(place: 'next' | 'transport', turn: number): void {
    for (const { inside, nth, act, after } of history.inside) {
      if (inside !== place || nth !== turn) continue;
      if (after === undefined) perform(act);
      else scheduler.scheduleUnchecked(() => perform(act), after);
    }
  }

  function scheduleEvents(): void {
    for (const { at, scheduledAt, act } of history.events) {
      if (scheduledAt === undefined) scheduler.scheduleUnchecked(() => perform(act), at);
      else
        scheduler.scheduleUnchecked(
          () => scheduler.scheduleUnchecked(() => perform(act), at - scheduledAt),
          scheduledAt,
        );
    }
  }

  function subscribe(): void {
    if (!result) scheduleEvents();
    if (history.aborted) abort.abort(ABORTED);
    const sources: Record<
      StreamName,
      () => Observable<string | TaskPoll<string> | TaskResult<string>>
    > = {
      taskPolls$: () => taskPolls$(TASK_ID, options),
      taskStatus$: () => taskStatus$(TASK_ID, options),
      taskResult$: () => taskResult$(TASK_ID, options),
    };
    const source$ = sources[stream]();
    source$.pipe(takeUntil(unsubscribe$)).subscribe({
      next,
      error: (error: unknown) => {
        if (!ended) end(endingOf(error, pollOf));
        else violations.push('an error after the end');
      },
      complete: () => {
        // `takeUntil` completes after the event 'unsubscribe', which has recorded the end
        if (!ended) end('complete');
      },
    });
  }

  if (start === 0) subscribe();
  else scheduler.scheduleUnchecked(subscribe, start);
  scheduler.flush();
  return { trace, requests, abortedRequests, shouldRetryCalls, delayCalls, violations };
}

/** Virtual time that checks what the library schedules. The actions of the test are unchecked. */
class CheckedScheduler extends VirtualTimeScheduler {
  /** The scheduled actions of the library. */
  pending = 0;
  closed = false;

  constructor(private readonly report: (violation: string) => void) {
    super();
  }

  override schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay = 0,
    state?: T,
  ): Subscription {
    if (!(delay >= 0 && delay <= 2_147_483_647)) this.report(`scheduled in ${String(delay)} ms`);
    if (this.closed) this.report('scheduled after the end');
    const { report } = this;
    const isClosed = () => this.closed;
    let isPending = true;
    const release = () => {
      if (isPending) this.pending -= 1;
      isPending = false;
    };
    this.pending += 1;
    if (this.pending > 3) this.report('more than three actions scheduled');
    const action = super.schedule<T>(
      function (this: SchedulerAction<T>, given?: T) {
        release();
        if (isClosed()) report('a scheduled action ran after the end');
        work.call(this, given);
      },
      delay,
      state,
    );
    action.add(release);
    return action;
  }

  scheduleUnchecked(work: () => void, delay: number): Subscription {
    return super.schedule(work, delay);
  }
}

/** A `pauseWhile` or `pollNow` for one subscription. */
class Notifier<T> {
  private subscriber: Subscriber<T> | undefined;

  get subscribed(): boolean {
    return this.subscriber !== undefined;
  }

  next(value: T): void {
    this.subscriber?.next(value);
  }

  error(error: unknown): void {
    this.subscriber?.error(error);
  }

  complete(): void {
    this.subscriber?.complete();
  }

  toObservable<A>(onSubscribe: readonly A[], perform: (act: A) => void): Observable<T> {
    return new Observable((subscriber) => {
      this.subscriber = subscriber;
      subscriber.add(() => (this.subscriber = undefined));
      for (const act of onSubscribe) perform(act);
    });
  }
}

const PATHS = {
  path: (id: string) => `/jobs/${id}`,
  bare: (id: string) => `jobs/${id}`,
  URL: (id: string) => `HTTPS://Jobs.Example:443/operations/${id}`,
  'URL with a hash': (id: string) => `https://jobs.example/operations/${id}#now`,
};

/** A task API with these words; the default API for its own words. */
function apiOf(vocabulary: Vocabulary): TaskApi<string> {
  if (vocabulary === BROWSER_USE) return browserUseV1;
  const { statuses, terminal, wrapped, fields = {} } = vocabulary;
  const { details, request, byCode, retryAfter, bodyLimit } = fields;
  const wordIn = (json: unknown): unknown => (wrapped ? (fieldOf(json, 'state') ?? json) : json);
  return defineTaskApi({
    baseUrl: 'https://jobs.example/',
    path: PATHS[fields.path ?? 'path'],
    authorization: (key) => ['X-Key', key],
    status: byCode
      ? (json, { status }) => (json === undefined ? byCode[status] : wordIn(json))
      : (json) => wordIn(json),
    statuses,
    terminal,
    successful: terminal.slice(0, 1),
    request: request && (() => request),
    details:
      details &&
      ((json) => detailsFrom(details, json, json === undefined ? undefined : wordIn(json))),
    retryAfter: retryAfter
      ? (json, headers) => {
          const wait = fieldOf(json, 'wait');
          return ownDelayFrom(typeof wait === 'string' ? wait : headers.get('X-Wait'));
        }
      : undefined,
    bodyLimit,
  });
}

/** The same API with a `resultPath`, successful with this word. */
function resultApiOf(vocabulary: Vocabulary, { word, resultThrows }: ResultStage): TaskApi<string> {
  const api = apiOf(vocabulary);
  return defineTaskApi({
    ...api,
    successful: [word],
    resultPath: api.resultPath ?? ((id) => `/results/${id}`),
    result: (json) => {
      if (resultThrows) throw RESULT_ERROR;
      return json;
    },
  });
}

function fieldOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined;
}

/** The options of a history without transport, scheduler, signal and notifiers. */
export function optionsOf({ options }: History) {
  const { random, backoff, retry, ...rest } = options;
  const shouldRetry =
    retry === false || !retry?.shouldRetry ? undefined : shouldRetryFrom(retry.shouldRetry);
  const delay = backoff?.delay && delayFrom(backoff.delay);
  return {
    ...rest,
    backoff: {
      ...backoff,
      delay:
        delay &&
        ((seen: number, status: string | undefined, { elapsed }: DelayContext) =>
          delay(seen, status, elapsed)),
      random: randomFrom(random.backoff),
    },
    retry: retry !== false && {
      ...retry,
      random: randomFrom(random.retry),
      shouldRetry:
        shouldRetry &&
        ((error: TaskStatusError<string>, retries: number, transient: boolean) =>
          shouldRetry(error.code, retries, transient)),
    },
  } satisfies TaskStatusOptions<string>;
}

/** Delivers an answer to the subscriber of the transport. */
function respond(
  answer: Exclude<Answer, { kind: 'no answer' | 'transport throws' | 'not subscribable' }>,
  subscriber: Subscriber<StatusResponse>,
  vocabulary: Vocabulary,
  now: number,
): void {
  if (answer.kind === 'transport errors') {
    subscriber.error(new Error('connection lost'));
    return;
  }
  if (answer.kind === 'transport completes') {
    subscriber.complete();
    return;
  }
  if (answer.kind === 'no response') {
    subscriber.next({ status: '200', body: null } as never);
    return;
  }
  const [status, body] = contentOf(answer, vocabulary);
  const ofPacing = headersOf(answer.pacing, now);
  const { ownDelay } = answer;
  const headers = {
    get: (name: string) =>
      name.toLowerCase() === 'x-wait' && ownDelay !== undefined
        ? String(ownDelay)
        : ofPacing.get(name),
  };
  subscriber.next({ status, body, headers });
  if (answer.kind === 'status' && answer.format === 'more values') {
    subscriber.next({ status: 404, body: '', headers: headersOf(undefined, now) });
    subscriber.error(new Error('after the answer'));
  }
}

function contentOf(
  answer: Extract<Answer, { pacing?: Pacing | undefined }>,
  vocabulary: Vocabulary,
): [status: number, body: string] {
  const json = (given: { readonly word: string }): string =>
    JSON.stringify(jsonOf(vocabulary, given));
  const limit = bodyLimitOf(vocabulary);
  switch (answer.kind) {
    case 'status':
      return [answer.format === '201' ? 201 : 200, formatted(json(answer), answer.format, limit)];
    case 'unknown word':
      return [200, json(answer)];
    case 'not a string':
      return [200, answer.json];
    case 'not JSON':
      return [200, answer.body];
    case 'no content':
      return [204, ''];
    case 'too long':
      return [200, json({ word: vocabulary.statuses[0] ?? '' }).padEnd(limit + 1)];
    case 'empty':
    case 'http':
      return [answer.status, answer.body];
  }
}

function formatted(json: string, format: string, limit: number): string {
  if (format === 'white space') return ` \r\n${json}\t\n`;
  if (format === 'byte order mark') return `\u{feff}${json}`;
  if (format === 'longest') return json.padEnd(limit);
  return json;
}

export function headersOf(
  pacing: Pacing | undefined,
  now: number,
): { get(name: string): string | null } {
  const headers = new Map<string, string>();
  const set = (name: string, value: string | undefined) =>
    value === undefined || headers.set(name, value);
  const get = (name: string) => headers.get(name.toLowerCase()) ?? null;
  if (pacing === undefined) return { get };
  switch (pacing.form) {
    case 'seconds':
      set('retry-after', String(pacing.seconds));
      set('retry-after-ms', pacing.msText);
      break;
    case 'ms':
      set('retry-after-ms', String(pacing.ms));
      set(
        'retry-after',
        pacing.besideSeconds === undefined ? undefined : String(pacing.besideSeconds),
      );
      break;
    case 'malformed':
      set('retry-after', pacing.text);
      set('retry-after-ms', pacing.msText);
      break;
    default: {
      const second = Math.floor(now / 1_000);
      const server = pacing.serverClock === 'no Date header' ? second : second + pacing.serverClock;
      if (pacing.serverClock !== 'no Date header') set('date', httpDate(server, 'imf-fixdate'));
      set('retry-after', httpDate(server + pacing.seconds, pacing.form));
    }
  }
  return { get };
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** One of the three date forms of RFC 9110, 5.6.7. */
function httpDate(second: number, form: 'imf-fixdate' | 'rfc850' | 'asctime'): string {
  const date = new Date(second * 1_000);
  const imf = date.toUTCString();
  const [, day = '', month = '', year = '', time = ''] = imf.split(/[ ,]+/);
  if (form === 'imf-fixdate') return imf;
  const weekday = DAYS[date.getUTCDay()] ?? '';
  if (form === 'rfc850') return `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
  return `${weekday.slice(0, 3)} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${year}`;
}

const FIELDS = ['lastStatus', 'status', 'retryAfter', 'timeout'] as const;

function errorRecord(error: TaskStatusError<string>): ErrorRecord {
  const { name, code, attempts, elapsed } = error;
  const fields = FIELDS.map((field) => [field, Reflect.get(error, field) as unknown] as const);
  const present: object = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  return { name, code, attempts, elapsed, ...present };
}

/** `pollOf` maps the errors of polls to their attempts: an ending may have the same object. */
function endingOf(error: unknown, pollOf: ReadonlyMap<unknown, number>): Ending {
  if (!isTaskStatusError(error)) {
    if (error instanceof Error && 'userError' in error) {
      return { thrown: String(error.userError) };
    }
    return { thrown: error instanceof TypeError ? 'TypeError' : String(error) };
  }
  const of = (it: TaskStatusError<string>): ErrorRecord => {
    const fromPoll = pollOf.get(it);
    return { ...errorRecord(it), ...(fromPoll !== undefined && { fromPoll }) };
  };
  return { ...of(error), ...(isTaskStatusError(error.cause) && { cause: of(error.cause) }) };
}

function recordOf({ error, ...poll }: TaskPoll<string>): PollRecord {
  return { ...poll, ...(error && { error: errorRecord(error) }) };
}
