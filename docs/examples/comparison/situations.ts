import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

import { FakePage } from './fake-page.js';
import {
  MAX_REQUESTS,
  SERVER_LIMIT,
  type Observation,
  type Script,
  type Situation,
} from './observe.js';
import type { Answer, HttpAnswer } from './server.js';

const NOT_FOUND: HttpAnswer = { status: 404, body: '{"detail":"Task not found"}' };
const UNAVAILABLE: HttpAnswer = { status: 503, body: '' };
const TOO_MANY: HttpAnswer = { status: 429, body: '{"detail":"Too many requests"}' };
const GATEWAY_PAGE: HttpAnswer = {
  status: 200,
  body: '<!doctype html><title>Please wait</title>',
  headers: { 'content-type': 'text/html' },
};

/** The server asks for 2 s, and accepts a request after 1.9 s: clocks may differ a little. */
const HOLD = { seconds: 2, ms: 1_900 };
/** The time in which a request would be seen that must not be sent, ms. */
const QUIET = 400;
const KEY_START = 'bu_live';
const MANY = 40;
const POLLS_ON = `still polls after ${MAX_REQUESTS} requests`;

export const SITUATIONS: readonly Situation[] = [
  {
    name: 'A task runs and finishes',
    right: 'created, running, finished; 4 requests',
    script: () => inOrder('created', 'running', 'running', 'finished'),
    outcome: ({ statuses, requests, ...seen }) =>
      seen.end === 'completed' ? `${statuses.join(', ')}; ${requests} requests` : failureOf(seen),
  },
  {
    name: 'Three failures in a row: a broken connection, a 503, an HTML page with 200',
    right: 'retries until the task has finished',
    script: () => inOrder('created', 'break', UNAVAILABLE, GATEWAY_PAGE, 'finished'),
    outcome: (seen) =>
      lastOf(seen) === 'finished' ? 'retries until the task has finished' : failureOf(seen),
  },
  {
    name: 'A request gets no answer',
    right: 'aborts it and polls on',
    settings: { requestTimeout: 1_000 },
    script: () => inOrder('created', 'hang', 'finished'),
    outcome: (seen) => {
      if (lastOf(seen) !== 'finished') return failureOf(seen);
      return seen.aborted > 0 ? 'aborts it and polls on' : 'polls on, and leaves the request open';
    },
  },
  {
    name: 'The caller stops during a request',
    right: 'aborts the request, sends no other',
    script: () => ({
      ...inOrder('created', 'hang'),
      act: async ({ server, stop, until }) => {
        await until(() => server.requests === 2);
        stop();
        await until(() => server.aborted === 1, QUIET);
        await sleep(QUIET / 2);
      },
    }),
    outcome: ({ aborted, requests }) =>
      `${aborted === 1 ? 'aborts the request' : 'leaves the request open'}, ` +
      (requests === 2 ? 'sends no other' : 'sends others'),
  },
  {
    name: 'The task does not exist (404)',
    right: 'fails after 1 request',
    script: () => inOrder(NOT_FOUND),
    outcome: ({ end, requests }) =>
      end === 'failed'
        ? `fails after ${requests} ${requests === 1 ? 'request' : 'requests'}`
        : POLLS_ON,
  },
  {
    name: 'The server asks to wait: 429 with `Retry-After`',
    right: 'waits, then polls on',
    script: holding,
    outcome: (seen) => {
      if (seen.notes.has('early')) return 'asks again too early';
      return lastOf(seen) === 'finished' ? 'waits, then polls on' : failureOf(seen);
    },
  },
  {
    name: 'The task finishes between the last poll and the deadline',
    right: 'the last status is finished',
    settings: { interval: 60_000, deadline: 1_000 },
    script: () => inOrder('running', 'finished'),
    outcome: (seen) => `the last status is ${lastOf(seen) ?? 'unknown'}`,
  },
  {
    name: 'A new status word, and the task goes on',
    right: 'polls on',
    script: () => inOrder('created', 'queued', 'finished'),
    outcome: (seen) => (lastOf(seen) === 'finished' ? 'polls on' : failureOf(seen)),
  },
  {
    name: 'A new status word, and the task has ended',
    right: 'stops polling',
    script: () => inOrder('running', 'expired'),
    outcome: ({ end }) => (end === 'none' ? POLLS_ON : 'stops polling'),
  },
  {
    name: 'The page is hidden for a while',
    right: 'pauses, then polls on',
    hasPage: true,
    script: hiding,
    outcome: (seen) => {
      if (seen.notes.has('request while hidden')) return 'polls while hidden';
      return lastOf(seen) === 'finished' ? 'pauses, then polls on' : failureOf(seen);
    },
  },
  {
    name: `${MANY} tasks at once, and a server that accepts ${SERVER_LIMIT} requests at a time`,
    right: 'sees every task end, and no request is refused',
    tasks: MANY,
    script: crowded,
    outcome: (seen) => {
      if (seen.notes.has('refused')) return 'sends more, and some are refused';
      const ends = seen.statuses.filter((status) => status === 'finished').length;
      return ends === MANY
        ? 'sees every task end, and no request is refused'
        : `sees ${ends} tasks end`;
    },
  },
  {
    name: 'The API key contains a line break',
    right: 'fails, and the error does not show the key',
    settings: { apiKey: `${KEY_START}_0123\n4567` },
    script: () => inOrder('finished'),
    outcome: ({ end, error }) => {
      if (end !== 'failed') return 'does not fail';
      const shown = inspect(error, { depth: 9 }).includes(KEY_START);
      return shown
        ? 'fails, and the error shows the key'
        : 'fails, and the error does not show the key';
    },
  },
];

/** Answers in this order; the last one again and again. A word is a status, answered as JSON. */
function inOrder(...answers: readonly (string | HttpAnswer)[]): Script {
  return {
    answer: ({ count }) => toAnswer(answers[Math.min(count, answers.length) - 1] ?? 'hang'),
  };
}

function toAnswer(answer: string | HttpAnswer): Answer {
  if (typeof answer !== 'string') return answer;
  return answer === 'hang' || answer === 'break' ? answer : statusAnswer(answer);
}

function statusAnswer(status: string): HttpAnswer {
  return { status: 200, body: JSON.stringify(status) };
}

/** The second request is refused, with a time to wait. */
function holding(): Script {
  const notes = new Set<string>();
  const headers = { 'retry-after': String(HOLD.seconds) };
  let held = false;
  return {
    notes,
    answer: ({ count }) => {
      if (count === 1) return statusAnswer('created');
      if (count === 2) {
        held = true;
        setTimeout(() => (held = false), HOLD.ms);
        return { ...TOO_MANY, headers };
      }
      if (!held) return statusAnswer('finished');
      notes.add('early');
      return { ...TOO_MANY, headers };
    },
  };
}

/** The page is hidden when the second request arrives. The task finishes meanwhile. */
function hiding(): Script {
  const notes = new Set<string>();
  const page = new FakePage();
  return {
    notes,
    answer: ({ count }) => {
      if (count === 2) page.show('hidden');
      else if (page.visibilityState === 'hidden') notes.add('request while hidden');
      return statusAnswer(count <= 2 ? 'running' : 'finished');
    },
    act: async ({ server, until, ended }) => {
      await until(() => server.requests === 2);
      await until(() => server.requests > 2, QUIET);
      page.show('visible');
      await until(() => ended() || notes.size > 0);
      page.close();
    },
  };
}

/** Tasks that all run until each of them has been polled once. */
function crowded(): Script {
  const notes = new Set<string>();
  const polled = new Set<string>();
  return {
    notes,
    answer: ({ taskId, inFlight }) => {
      if (inFlight > SERVER_LIMIT) {
        notes.add('refused');
        return TOO_MANY;
      }
      polled.add(taskId);
      return { ...statusAnswer(polled.size < MANY ? 'running' : 'finished'), latency: 20 };
    },
  };
}

function lastOf({ statuses }: Observation): string | undefined {
  return statuses.at(-1);
}

function failureOf({ end }: Pick<Observation, 'end'>): string {
  return end === 'failed' ? 'fails' : end === 'completed' ? 'ends early' : POLLS_ON;
}
