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
  defineTaskApi,
  isTaskStatusError,
  type StatusResponse,
  type StatusTransport,
  type TaskApi,
  type TaskPoll,
  taskPolls$,
  type TaskStatusError,
  type TaskStatusOptions,
  taskStatus$,
} from '../../src/index.js';
import {
  ABORTED,
  type Act,
  type Answer,
  delayFrom,
  type History,
  LONGEST_BODY,
  NUDGE_ERRED,
  PAUSE_ERRED,
  type Pacing,
  randomFrom,
  shouldRetryFrom,
  TASK_ID,
  BROWSER_USE,
  type Vocabulary,
} from './history.js';
import type { Ending, Entry, ErrorSeen, Observed, PollSeen, StreamName } from './trace.js';

/** No history asks for so many. */
const MOST_REQUESTS = 10_000;

/** What must hold in every history, whatever the model says: each breach, in words. */
export interface Watched extends Observed {
  readonly breaches: readonly string[];
}

/**
 * Plays a history to the library in virtual time and takes down what can be seen of it. The times of
 * the trace are the scheduler's; `clock` is what its `now()` shows, right unless told otherwise.
 */
export function watch(
  history: History,
  stream: StreamName,
  clock: (ms: number) => number = (ms) => ms,
): Watched {
  const { start } = history;
  const trace: Entry[] = [];
  const cut: [number, number][] = [];
  const asked: [number, string, number][] = [];
  const breaches: string[] = [];
  const pollOf = new Map<unknown, number>();
  const scheduler = new LentScheduler((breach) => breaches.push(breach));
  scheduler.now = () => clock(scheduler.frame);
  const abort = new AbortController();
  const left$ = new Subject<void>();
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
    'pauseWhile errors': () => pauseWhile.error(PAUSE_ERRED),
    nudge: () => pollNow.next('now'),
    'pollNow completes': () => pollNow.complete(),
    'pollNow errors': () => pollNow.error(NUDGE_ERRED),
    abort: () => abort.abort(ABORTED),
    unsubscribe: () => {
      if (ended) return;
      end('unsubscribed');
      left$.next();
    },
  };

  const perform = (act: Act) => acts[act]();

  function end(ending: Ending): void {
    trace.push([scheduler.frame, 'end', ending]);
    if (ended) breaches.push('ended twice');
    ended = true;
    // As soon as whatever brought the end has returned.
    scheduler.book(() => {
      if (scheduler.held > 0) breaches.push('a scheduled action outlives the watch');
      if (open > 0) breaches.push('a request outlives the watch');
      if (listeners() > 0) breaches.push('a listener on signal outlives the watch');
      if (pauseWhile.subscribed) breaches.push('pauseWhile stays subscribed');
      if (pollNow.subscribed) breaches.push('pollNow stays subscribed');
    }, 0);
    scheduler.closed = true;
  }

  const transport: StatusTransport = (request) => {
    attempts += 1;
    const attempt = attempts;
    let answered = false;
    trace.push([scheduler.frame, 'request', attempt]);
    // histories come to rest; a library that is broken may not, and there is no other end to virtual time
    if (attempt === MOST_REQUESTS) {
      breaches.push('a watch without end');
      perform('unsubscribe');
    }
    if (ended) breaches.push('a request after the end');
    if (inFlight > 0) breaches.push('two requests in flight');
    if (listeners() !== 1) breaches.push(`${String(listeners())} listeners on signal`);
    if (request.signal === abort.signal) breaches.push("the transport got the user's own signal");
    if (request.signal.aborted) breaches.push('a request was born aborted');
    request.signal.addEventListener('abort', () => {
      if (!answered) cut.push([scheduler.frame, attempt]);
    });

    const answer = history.answers[attempt - 1] ?? history.lastAnswer;
    reenter('transport', attempt);
    if (answer.kind === 'transport throws') {
      answered = true;
      throw new Error('connection lost');
    }
    if (answer.kind === 'no source') {
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
      if (answer.kind === 'silence') return;
      const deliver = () => {
        answered = true;
        inFlight -= 1;
        reply(answer, subscriber, history.vocabulary, scheduler.frame);
      };
      if (answer.latency === 0) deliver();
      else subscriber.add(scheduler.book(deliver, answer.latency));
    });
  };

  const options = {
    ...optionsOf(history),
    api: apiOf(history.vocabulary),
    transport,
    scheduler,
    signal: abort.signal,
    pauseWhile: pauseWhile.subscribable(history.onSubscribe.pauseWhile, perform),
    pollNow: pollNow.subscribable(history.onSubscribe.pollNow, perform),
  };
  const shouldRetry = options.retry ? options.retry.shouldRetry : undefined;
  if (options.retry && shouldRetry) {
    options.retry.shouldRetry = (error, retries) => {
      asked.push([scheduler.frame, error.code, retries]);
      return shouldRetry(error, retries);
    };
  }

  function next(value: string | TaskPoll<string>): void {
    if (ended) breaches.push('a value after the end');
    values += 1;
    if (typeof value === 'string') {
      trace.push([scheduler.frame, 'emission', value]);
    } else {
      if (value.error) pollOf.set(value.error, value.attempt);
      trace.push([scheduler.frame, 'poll', pollSeen(value)]);
    }
    reenter('next', values);
  }

  function reenter(place: 'next' | 'transport', turn: number): void {
    for (const { inside, nth, act, after } of history.inside) {
      if (inside !== place || nth !== turn) continue;
      if (after === undefined) perform(act);
      else scheduler.book(() => perform(act), after);
    }
  }

  function begin(): void {
    for (const { at, booked, act } of history.events) {
      if (booked === undefined) scheduler.book(() => perform(act), at);
      else scheduler.book(() => scheduler.book(() => perform(act), at - booked), booked);
    }
    if (history.aborted) abort.abort(ABORTED);
    const source$: Observable<string | TaskPoll<string>> =
      stream === 'taskPolls$' ? taskPolls$(TASK_ID, options) : taskStatus$(TASK_ID, options);
    source$.pipe(takeUntil(left$)).subscribe({
      next,
      error: (error: unknown) => {
        if (!ended) end(endingOf(error, pollOf));
        else breaches.push('an error after the end');
      },
      complete: () => {
        // `takeUntil` completes when the subscriber leaves; the end is on record then.
        if (!ended) end('complete');
      },
    });
  }

  if (start === 0) begin();
  else scheduler.book(begin, start);
  scheduler.flush();
  return { trace, cut, asked, breaches };
}

/** Virtual time, with an eye on what the library schedules: the test's own actions are booked. */
class LentScheduler extends VirtualTimeScheduler {
  /** Actions of the library that are due. */
  held = 0;
  closed = false;

  constructor(private readonly breach: (breach: string) => void) {
    super();
  }

  override schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay = 0,
    state?: T,
  ): Subscription {
    if (!(delay >= 0 && delay <= 2_147_483_647)) this.breach(`scheduled in ${String(delay)} ms`);
    if (this.closed) this.breach('scheduled after the end');
    const { breach } = this;
    const isClosed = () => this.closed;
    let due = true;
    const release = () => {
      if (due) this.held -= 1;
      due = false;
    };
    this.held += 1;
    if (this.held > 3) this.breach('more than three actions scheduled');
    const action = super.schedule<T>(
      function (this: SchedulerAction<T>, given?: T) {
        release();
        if (isClosed()) breach('a scheduled action ran after the end');
        work.call(this, given);
      },
      delay,
      state,
    );
    action.add(release);
    return action;
  }

  book(work: () => void, delay: number): Subscription {
    return super.schedule(work, delay);
  }
}

/** A `pauseWhile` or `pollNow`, for one subscription. */
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

  subscribable<A>(onSubscribe: readonly A[], perform: (act: A) => void): Observable<T> {
    return new Observable((subscriber) => {
      this.subscriber = subscriber;
      subscriber.add(() => (this.subscriber = undefined));
      for (const act of onSubscribe) perform(act);
    });
  }
}

/** The API of these words: the default one itself, where they are its own. */
function apiOf(vocabulary: Vocabulary): TaskApi<string> {
  if (vocabulary === BROWSER_USE) return browserUseV1;
  const { statuses, terminal, wrapped } = vocabulary;
  return defineTaskApi({
    baseUrl: 'https://jobs.example/',
    path: (id) => `/jobs/${id}`,
    authorization: (key) => ['X-Key', key],
    status: (json) =>
      wrapped && typeof json === 'object' && json !== null && 'state' in json ? json.state : json,
    statuses,
    terminal,
    successful: terminal.slice(0, 1),
  });
}

/** The options of a history but for its transport, scheduler, signal and notifiers. */
export function optionsOf({ options }: History) {
  const { random, backoff, retry, ...rest } = options;
  const shouldRetry =
    retry === false || !retry?.shouldRetry ? undefined : shouldRetryFrom(retry.shouldRetry);
  return {
    ...rest,
    backoff: {
      ...backoff,
      delay: backoff?.delay && delayFrom(backoff.delay),
      random: randomFrom(random.backoff),
    },
    retry: retry !== false && {
      ...retry,
      random: randomFrom(random.retry),
      shouldRetry:
        shouldRetry &&
        ((error: TaskStatusError, retries: number) => shouldRetry(error.code, retries)),
    },
  } satisfies TaskStatusOptions<string>;
}

/** The answer as the transport gives it. */
function reply(
  answer: Exclude<Answer, { kind: 'silence' | 'transport throws' | 'no source' }>,
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
  subscriber.next({ status, body, headers: headersOf(answer.pacing, now) });
  if (answer.kind === 'status' && answer.dress === 'more to come') {
    subscriber.next({ status: 404, body: '', headers: headersOf(undefined, now) });
    subscriber.error(new Error('after the answer'));
  }
}

function contentOf(
  answer: Extract<Answer, { pacing?: Pacing | undefined }>,
  vocabulary: Vocabulary,
): [status: number, body: string] {
  const json = (word = ''): string => JSON.stringify(vocabulary.wrapped ? { state: word } : word);
  switch (answer.kind) {
    case 'status':
      return [answer.dress === '201' ? 201 : 200, dressed(json(answer.word), answer.dress)];
    case 'unknown word':
      return [200, json(answer.word)];
    case 'not a word':
      return [200, answer.json];
    case 'not JSON':
      return [200, answer.body];
    case 'no content':
      return [204, ''];
    case 'too long':
      return [200, json(vocabulary.statuses[0]).padEnd(LONGEST_BODY + 1)];
    case 'http':
      return [answer.status, answer.body];
  }
}

function dressed(json: string, dress: string): string {
  if (dress === 'white space') return ` \r\n${json}\t\n`;
  if (dress === 'byte order mark') return `\u{feff}${json}`;
  if (dress === 'longest') return json.padEnd(LONGEST_BODY);
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
    case 'nonsense':
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

/** The three forms of RFC 9110, 5.6.7. */
function httpDate(second: number, form: 'imf-fixdate' | 'rfc850' | 'asctime'): string {
  const date = new Date(second * 1_000);
  const imf = date.toUTCString();
  const [, day = '', month = '', year = '', time = ''] = imf.split(/[ ,]+/);
  if (form === 'imf-fixdate') return imf;
  const weekday = DAYS[date.getUTCDay()] ?? '';
  if (form === 'rfc850') return `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
  return `${weekday.slice(0, 3)} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${year}`;
}

const FACTS = ['lastStatus', 'status', 'retryAfter', 'timeout'] as const;

function errorSeen(error: TaskStatusError<string>): ErrorSeen {
  const { name, code, attempts, elapsed } = error;
  const facts = FACTS.map((fact) => [fact, Reflect.get(error, fact) as unknown] as const);
  const known: object = Object.fromEntries(facts.filter(([, value]) => value !== undefined));
  return { name, code, attempts, elapsed, ...known };
}

/** Which of these errors were seen in a poll before tells whether the same object came again. */
function endingOf(error: unknown, pollOf: ReadonlyMap<unknown, number>): Ending {
  if (!isTaskStatusError(error)) {
    if (error instanceof Error && 'foreign' in error) return { thrown: String(error.foreign) };
    return { thrown: error instanceof TypeError ? 'TypeError' : String(error) };
  }
  const of = (it: TaskStatusError<string>): ErrorSeen => {
    const fromPoll = pollOf.get(it);
    return { ...errorSeen(it), ...(fromPoll !== undefined && { fromPoll }) };
  };
  return { ...of(error), ...(isTaskStatusError(error.cause) && { cause: of(error.cause) }) };
}

function pollSeen({ error, ...poll }: TaskPoll<string>): PollSeen {
  return { ...poll, ...(error && { error: errorSeen(error) }) };
}
