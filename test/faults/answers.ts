import { type Pacing } from '../support/history.js';

/** What the server or the network does with one request. */
export type Answer =
  | (Reusable & { readonly kind: 'status'; readonly word: Word; readonly framing: Framing })
  /** A 4xx or 5xx. */
  | (Reusable & { readonly kind: 'http'; readonly status: (typeof HTTP_STATUSES)[number] })
  /** A 2xx without a known status, in JSON or not. */
  | (Reusable & { readonly kind: 'no status'; readonly body: (typeof NO_STATUS)[number] })
  | (Delayed & {
      readonly kind: 'redirect';
      readonly status: (typeof REDIRECTS)[number];
      readonly to: 'itself' | 'elsewhere';
    })
  | (Delayed & { readonly kind: Broken })
  /** The connection is refused. */
  | { readonly kind: 'refused' };

interface Delayed {
  /** How long the server waits before it answers, ms. */
  readonly latency: number;
}

interface Reusable extends Delayed {
  /** The connection is kept for the next request. */
  readonly keepAlive: boolean;
  readonly pacing: Pacing | undefined;
}

/** How a good answer is sent. */
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
/** JSON without a status word. */
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

/** Faults with the errors that they may cause. Each may also cause a request timeout. */
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
  // the surplus may count as a response without a request
  'less length than body': ['unexpected-response', 'network'],
  'an invalid chunk size': ['network'],
  'chunks without the last one': ['network'],
  'invalid gzip': ['network'],
  // some decoders accept a part
  'gzip that is cut off': ['network', 'unexpected-response'],
  'gzip that is damaged': ['network', 'unexpected-response'],
  'a megabyte of headers': ['network'],
  'no HTTP': ['network'],
} as const satisfies Record<string, readonly string[]>;
export type Broken = keyof typeof BROKEN;

/** The delay that the server requests, ms; `undefined` for none. */
export function requestedDelay(pacing: Pacing | undefined): number | undefined {
  if (!pacing) return undefined;
  switch (pacing.form) {
    case 'malformed':
      return undefined;
    case 'ms':
      return pacing.ms;
    case 'seconds':
      return pacing.seconds * 1_000;
    default:
      // without a `Date` it is in the past, or so far away that a second does not matter
      return Math.max(0, pacing.seconds * 1_000);
  }
}

/** The names by which an answer is counted. */
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
    case 'malformed':
      return `Retry-After: ${pacing.form}`;
    default: {
      const { form, serverClock } = pacing;
      const date =
        serverClock === 0 ? CORRECT_DATE : serverClock === 'no Date header' ? NO_DATE : WRONG_DATE;
      return `Retry-After: ${form}, ${date}`;
    }
  }
}

const NO_DATE = 'no Date';
const CORRECT_DATE = 'a correct Date';
const WRONG_DATE = 'a wrong Date';

/** Every name that {@link namesOf} can return. Each must occur in a run. */
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
  'Retry-After: malformed',
  ...['imf-fixdate', 'rfc850', 'asctime'].flatMap((form) =>
    [NO_DATE, CORRECT_DATE, WRONG_DATE].map((date) => `Retry-After: ${form}, ${date}`),
  ),
];
