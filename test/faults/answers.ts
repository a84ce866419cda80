import { type Pacing } from '../support/history.js';

/** What the server, or the network before it, does with one request. */
export type Answer =
  | (Kept & { readonly kind: 'status'; readonly word: Word; readonly framing: Framing })
  /** 429s, 5xx and all the rest that HTTP itself calls a failure. */
  | (Kept & { readonly kind: 'http'; readonly status: (typeof HTTP_STATUSES)[number] })
  /** A 2xx that is no known status, in JSON or not. */
  | (Kept & { readonly kind: 'no status'; readonly body: (typeof NO_STATUS)[number] })
  | (Late & {
      readonly kind: 'redirect';
      readonly status: (typeof REDIRECTS)[number];
      readonly to: 'itself' | 'elsewhere';
    })
  | (Late & { readonly kind: Broken })
  /** Nobody listens: the connection is refused. */
  | { readonly kind: 'refused' };

interface Late {
  /** How long the server thinks first, ms. */
  readonly latency: number;
}

interface Kept extends Late {
  /** The connection is kept for the next request. */
  readonly keepAlive: boolean;
  readonly pacing: Pacing | undefined;
}

/** How a good answer comes. */
export const FRAMINGS = [
  'with its length',
  'in chunks',
  'until the connection ends',
  'in gzip',
  'in two pieces',
  'in a trickle',
] as const;
export type Framing = (typeof FRAMINGS)[number];

export const WORDS = ['running', 'created', 'paused', 'finished', 'stopped', 'failed'] as const;
export type Word = (typeof WORDS)[number];

export const TERMINAL: readonly string[] = ['finished', 'stopped', 'failed'];

export const HTTP_STATUSES = [
  500, 502, 503, 504, 429, 408, 425, 404, 422, 401, 403, 400, 410,
] as const;
export const REDIRECTS = [301, 302, 303, 307, 308] as const;

export const UNKNOWN_WORD = '"archiving"';
/** What is JSON and no word. */
export const NO_WORDS: readonly string[] = ['7', '{}'];
export const NO_STATUS = [
  '',
  '<html>Log in</html>',
  '"runn',
  'finished',
  '7',
  '{}',
  UNKNOWN_WORD,
] as const;

/** Faults, each with every error that it may become; beside it, each may outlast its request. */
export const BROKEN = {
  'a reset before the headers': ['network'],
  'a reset in the headers': ['network'],
  'a reset after the headers': ['network'],
  'a reset in the body': ['network'],
  'half-closed before the headers': ['network'],
  'half-closed in the body': ['network'],
  'no headers': [],
  'headers without end': [],
  'a body without end': [],
  'a trickle that takes too long': [],
  'more length than body, closed': ['network'],
  'more length than body, open': [],
  // what is over may be taken for an answer that nobody asked for
  'less length than body': ['unexpected-response', 'network'],
  'a chunk size that is none': ['network'],
  'chunks without the last one': ['network'],
  'gzip that is none': ['network'],
  // some decoders are content with half
  'gzip that is cut off': ['network', 'unexpected-response'],
  'gzip that is damaged': ['network', 'unexpected-response'],
  'a megabyte of headers': ['network'],
  'no HTTP': ['network'],
} as const satisfies Record<string, readonly string[]>;
export type Broken = keyof typeof BROKEN;

/** How long a client is asked to wait, ms; `undefined` for an answer that asks for nothing. */
export function askedFor(pacing: Pacing | undefined): number | undefined {
  if (!pacing) return undefined;
  switch (pacing.form) {
    case 'nonsense':
      return undefined;
    case 'ms':
      return pacing.ms;
    case 'seconds':
      return pacing.seconds * 1_000;
    default:
      // without a `Date` it is past, or so far off that a second does not count
      return Math.max(0, pacing.seconds * 1_000);
  }
}

/** The names under which an answer is counted. */
export function namesOf(answer: Answer): string[] {
  switch (answer.kind) {
    case 'status':
      return [`a status ${answer.framing}`, pacingName(answer.pacing)];
    case 'http':
      return [`HTTP ${answer.status}`, pacingName(answer.pacing)];
    case 'no status':
      return [`a 200 with ${answer.body || 'nothing'}`, pacingName(answer.pacing)];
    case 'redirect':
      return [`a redirect to ${answer.to}`];
    default:
      return [answer.kind];
  }
}

function pacingName(pacing: Pacing | undefined): string {
  if (!pacing) return 'no Retry-After';
  switch (pacing.form) {
    case 'ms':
      return `retry-after-ms${pacing.besideSeconds === undefined ? '' : ' beside Retry-After'}`;
    case 'seconds':
    case 'nonsense':
      return `Retry-After: ${pacing.form}`;
    default: {
      const { form, serverClock } = pacing;
      const date =
        serverClock === 0 ? RIGHT_DATE : serverClock === 'no Date header' ? NO_DATE : WRONG_DATE;
      return `Retry-After: ${form}, ${date}`;
    }
  }
}

const NO_DATE = 'no Date';
const RIGHT_DATE = 'a right Date';
const WRONG_DATE = 'a wrong Date';

/** Every name that {@link namesOf} gives: each must occur in a run. */
export const NAMES: readonly string[] = [
  ...FRAMINGS.map((framing) => `a status ${framing}`),
  ...HTTP_STATUSES.map((status) => `HTTP ${status}`),
  ...NO_STATUS.map((body) => `a 200 with ${body || 'nothing'}`),
  'a redirect to itself',
  'a redirect to elsewhere',
  ...Object.keys(BROKEN),
  'refused',
  'no Retry-After',
  'retry-after-ms',
  'retry-after-ms beside Retry-After',
  'Retry-After: seconds',
  'Retry-After: nonsense',
  ...['imf-fixdate', 'rfc850', 'asctime'].flatMap((form) =>
    [NO_DATE, RIGHT_DATE, WRONG_DATE].map((date) => `Retry-After: ${form}, ${date}`),
  ),
];
