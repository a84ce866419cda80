/** One measurement. A measuring process prints each as a line of JSON. */
export interface Sample {
  readonly measure: Measure;
  readonly contestant: string;
  readonly value: number;
}

/** Passes a sample to the benchmark that started this process. */
export function printSample(sample: Sample): void {
  console.log(JSON.stringify(sample));
}

export type Measure = keyof typeof MEASURES;

/** The measures, in the order of the table, with their units. */
export const MEASURES = {
  'CPU per poll, stub transport': 'us',
  'CPU per poll, stub transport, code still cold': 'us',
  'Heap per waiting watch': 'B',
  'CPU per poll, loopback HTTP': 'us',
  'CPU per watch: start, one wait of 60 s, stop': 'us',
  'Longest event-loop stall': 'ms',
  'Longest garbage collection': 'ms',
  'CPU per poll in a pool': 'us',
  'Heap per task in a pool': 'B',
  'Longest event-loop stall of a pool': 'ms',
  'Most requests at once of a pool': 'requests',
  'CPU per failed poll': 'us',
  'CPU per failed poll, page of 64 KiB': 'us',
  'CPU per watch that fails at once': 'us',
  'CPU per call of a learned delay': 'us',
  'Size of a learned key as JSON': 'B',
  'Bundle for a browser, minified, gzip': 'kB',
  'Bundle without a part of it, gzip': 'kB',
  'Import, over importing rxjs': 'ms',
} as const;

export const LIBRARY = 'rxjs-task-status';

/** Loops without a library. */
export const LOOPS = ['bare loop', 'loop with timeout and abort', 'RxJS composition'] as const;

const PEERS = [...LOOPS, 'backoff-rxjs', '@azure/core-lro', 'p-retry', 'browser-use-sdk'] as const;

/** Each watch has separate options, which need memory. */
const OPTIONS_EACH = '100,000 watches, options each';

/** The same with a heap that is large from the start, so that no old objects are collected. */
const LARGE_HEAP = `${OPTIONS_EACH}, large heap` as const;

/** The numbers of concurrent watches in the row `many`; each number is a contestant. */
export const GROUPS = [
  '1,000 watches',
  '10,000 watches',
  '100,000 watches',
  OPTIONS_EACH,
  LARGE_HEAP,
  'bare loop, 1,000',
  'bare loop, 10,000',
  'bare loop, 100,000',
] as const;

/** The numbers of tasks of a pool in the row `pool`; each number is a contestant. */
export const POOLS = ['1,000 tasks', '10,000 tasks', '100,000 tasks'] as const;

/** How long the API key is in the row `secrets`; each is a contestant of the others. */
export const KEYS = [
  'no key',
  'key of 40 characters',
  'key of 1,000 characters',
  'key of 20,000 characters',
] as const;

/** The calls of the row `schedule`. */
export const SCHEDULES = [
  'learnedDelay, delay',
  'learnedDelay, record',
  'learnedDelay, record and delay',
] as const;

/** A module of one line: the time that any package over RxJS takes to import. */
export const LINK = 'one line over rxjs';

/** The rows of the benchmark. Each contestant is measured in a separate process. */
export const ROWS = {
  cpu: [LIBRARY, ...PEERS],
  heap: [LIBRARY, ...PEERS],
  /** All in one process, in turns. */
  http: [LIBRARY],
  many: GROUPS,
  pool: POOLS,
  secrets: KEYS,
  schedule: SCHEDULES,
  import: [
    `${LIBRARY}, import`,
    `${LIBRARY}, require`,
    `${LINK}, import`,
    'backoff-rxjs, import',
    '@azure/core-lro, import',
    'p-retry, import',
    'browser-use-sdk, import',
  ],
  size: [LIBRARY],
} as const satisfies Record<string, readonly string[]>;

export type Row = keyof typeof ROWS;

/** Node's flags for a contestant. */
export const NODE_FLAGS: Readonly<Record<string, readonly string[]>> = {
  [LARGE_HEAP]: ['--initial-heap-size=512'],
};

/** A figure that should be reached. */
export interface Target {
  readonly measure: Measure;
  readonly contestant: string;
  /** If given, the target is about the ratio to this contestant; otherwise about the value. */
  readonly against?: string;
  readonly atMost: number;
}

export const TARGETS: readonly Target[] = [
  ...(
    ['CPU per poll, stub transport', 'CPU per poll, stub transport, code still cold'] as const
  ).flatMap((measure) =>
    ([1.8, 0.5, 0.5] as const).map((atMost, loop) => ({
      measure,
      contestant: LIBRARY,
      against: LOOPS[loop] ?? '',
      atMost,
    })),
  ),
  {
    measure: 'Heap per waiting watch',
    contestant: LIBRARY,
    against: 'bare loop',
    atMost: 1.6,
  },
  {
    measure: 'CPU per poll, loopback HTTP',
    contestant: LIBRARY,
    against: 'bare loop',
    atMost: 1.1,
  },
  {
    measure: 'CPU per watch: start, one wait of 60 s, stop',
    contestant: '100,000 watches',
    against: '1,000 watches',
    atMost: 1.2,
  },
  ...['100,000 watches', OPTIONS_EACH].map((contestant) => ({
    measure: 'Longest event-loop stall' as const,
    contestant,
    atMost: 100,
  })),
  ...POOLS.map((contestant) => ({
    measure: 'Most requests at once of a pool' as const,
    contestant,
    atMost: 16,
  })),
  ...(['CPU per failed poll', 'CPU per failed poll, page of 64 KiB'] as const).flatMap((measure) =>
    KEYS.slice(1).map((contestant) => ({ measure, contestant, against: KEYS[0], atMost: 3 })),
  ),
  // no target for 20,000 characters: checking the option alone takes as long as a watch without a key
  ...KEYS.slice(1, 3).map((contestant) => ({
    measure: 'CPU per watch that fails at once' as const,
    contestant,
    against: KEYS[0],
    atMost: 3,
  })),
  ...SCHEDULES.slice(0, 2).map((contestant) => ({
    measure: 'CPU per call of a learned delay' as const,
    contestant,
    atMost: 2,
  })),
  ...['1,000 durations', '100,000 durations'].map((contestant) => ({
    measure: 'Size of a learned key as JSON' as const,
    contestant,
    atMost: 2_000,
  })),
  {
    measure: 'Bundle for a browser, minified, gzip',
    contestant: '{ taskStatus$ }',
    atMost: 7.5,
  },
  {
    measure: 'Bundle for a browser, minified, gzip',
    contestant: '{ taskStatus$ } and the RxJS it uses',
    // the target above, and the 3.1 kB of RxJS
    atMost: 10.6,
  },
  { measure: 'Import, over importing rxjs', contestant: `${LIBRARY}, import`, atMost: 3 },
  { measure: 'Import, over importing rxjs', contestant: `${LIBRARY}, require`, atMost: 3 },
];
