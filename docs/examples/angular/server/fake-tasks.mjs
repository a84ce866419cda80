// @ts-check
/** @typedef {{ id: string, title: string, place: string }} Task */

const JOBS = [
  'Collect the invoices',
  'Check the prices',
  'Download the month’s report',
  'Renew the booking',
  'Compare the offers',
  'Fill in the customs form',
  'Update the opening hours',
  'Export the contacts',
];

const PLACES = [
  'Supplier portal',
  'Freight exchange',
  'Travel desk',
  'Energy provider',
  'City registry',
  'Marketplace',
  'Bank',
  'Insurer',
  'Job board',
  'Parts catalogue',
];

const SECOND = 1_000;

/**
 * Creates tasks that start and end over a quarter of an hour. Each call creates the same ones.
 *
 * @param {number} count
 * @returns {{
 *   tasks: Task[],
 *   timelines: Record<string, import('rxjs-task-status/testing').FakeTimeline>,
 *   results: Record<string, unknown>,
 * }}
 */
export function fakeTasks(count) {
  const random = generator(20_261_123);
  /** @param {number} from @param {number} to */
  const between = (from, to) => from + random() * (to - from);
  /** @type {Task[]} */
  const tasks = [];
  /** @type {Record<string, import('rxjs-task-status/testing').FakeTimeline>} */
  const timelines = {};
  /** @type {Record<string, unknown>} */
  const results = {};

  for (let at = 0; at < count; at++) {
    const id = `task_${hex(random())}${hex(random())}`;
    const place = PLACES[Math.floor(random() * PLACES.length)] ?? '';
    const title = JOBS[at % JOBS.length] ?? '';
    tasks.push({ id, title, place });
    const output = `${title}: done. ${Math.floor(between(2, 60))} entries were read at “${place}”.`;
    results[id] = { id, task: title, status: 'finished', output, steps: [{}, {}, {}] };

    const begun = between(-900, 120) * SECOND;
    const running = begun + between(3, 40) * SECOND;
    const ended = running + between(30, 900) * SECOND;
    const middle = (running + ended) / 2;
    const chance = random();
    timelines[id] = [
      ['created', Math.min(begun, 0)],
      ['running', running],
      ...(chance < 0.3
        ? /** @type {const} */ ([
            ['paused', middle],
            ['running', middle + between(100, 300) * SECOND],
          ])
        : []),
      ...(chance > 0.92
        ? /** @type {const} */ ([
            [{ status: 503, headers: { 'retry-after': '4' } }, middle],
            ['running', middle + 9 * SECOND],
          ])
        : []),
      [chance < 0.06 ? 'stopped' : chance > 0.95 ? 'failed' : 'finished', ended + 200 * SECOND],
    ];
  }

  // a task that was deleted, and an id that is not valid
  tasks.splice(7, 0, { id: 'task_deleted', title: 'Export the contacts', place: 'Bank' });
  tasks.splice(19, 0, { id: 'not a task', title: 'Check the prices', place: 'Marketplace' });
  timelines['not a task'] = [[INVALID, 0]];
  return { tasks, timelines, results };
}

/** @type {import('rxjs-task-status/testing').FakeAnswer} */
const INVALID = {
  status: 422,
  body: JSON.stringify({
    detail: [
      {
        loc: ['path', 'task_id'],
        msg: 'value is not a valid task id',
        type: 'value_error.task_id',
      },
    ],
  }),
};

/** @param {number} chance */
function hex(chance) {
  return Math.floor(chance * 2 ** 24)
    .toString(16)
    .padStart(6, '0');
}

/**
 * Returns a function like `Math.random` that returns the same numbers for the same seed.
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
