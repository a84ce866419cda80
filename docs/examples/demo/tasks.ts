import type { FakeAnswer, FakeTimeline } from 'rxjs-task-status/testing';

const UNAVAILABLE: FakeAnswer = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: '<html><body><h1>503 Service Unavailable</h1></body></html>',
};

const TOO_MANY: FakeAnswer = {
  status: 429,
  headers: { 'retry-after': '3' },
  body: '{"detail": "Rate limit exceeded"}',
};

const INVALID: FakeAnswer = {
  status: 422,
  body: JSON.stringify({
    detail: [
      { loc: ['path', 'task_id'], msg: 'value is not a valid task id', type: 'value_error' },
    ],
  }),
};

/** The timelines of the demo's tasks. `task_missing` has none. */
export const timelines: Record<string, FakeTimeline> = {
  task_short: [
    ['created', 0],
    ['running', 2_000],
    ['finished', 8_000],
  ],
  task_long: [
    ['created', 0],
    ['running', 1_000],
    ['finished', 21_000],
  ],
  task_paused: [
    ['running', 0],
    ['paused', 6_000],
    ['running', 13_000],
    ['finished', 18_000],
  ],
  task_stopped: [
    ['running', 0],
    ['stopped', 12_000],
  ],
  task_failed: [
    ['created', 0],
    ['running', 3_000],
    ['failed', 15_000],
  ],
  // the server is unavailable for 5 s
  task_outage: [
    ['running', 0],
    [UNAVAILABLE, 4_000],
    ['running', 9_000],
    ['finished', 16_000],
  ],
  // the server asks to wait
  task_limited: [
    ['running', 0],
    [TOO_MANY, 5_000],
    ['running', 10_000],
    ['finished', 17_000],
  ],
  task_invalid: [[INVALID, 0]],
};

/** The results of the tasks that finish. */
export const results: Record<string, unknown> = {
  task_short: { id: 'task_short', output: 'Three headlines', steps: [] },
  task_long: { id: 'task_long', output: 'The cheapest flight to Rome costs 49 EUR', steps: [] },
  task_paused: { id: 'task_paused', output: 'Signed in', steps: [] },
  task_outage: { id: 'task_outage', output: 'Twelve invoices', steps: [] },
  task_limited: { id: 'task_limited', output: 'No new messages', steps: [] },
};
