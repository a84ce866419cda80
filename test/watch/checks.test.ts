import { asyncScheduler, NEVER, of, Subject, VirtualTimeScheduler } from 'rxjs';
import { createTaskStatus, TASK_STATUSES, type TaskStatusOptions } from 'rxjs-task-status';
import { describe, expect } from 'vitest';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

const KEY = 'bu_0123456789abcdef';
const MAX = 2_147_483_647;

/** A value of an option, and the class of its error by the contract, if any. */
interface Drawn {
  readonly value: unknown;
  readonly fault?: typeof TypeError | typeof RangeError | undefined;
}
type Draw = fc.Arbitrary<Drawn>;

/** What is neither a number nor a function, and has none of the methods that options need. */
const junk = fc.constantFrom<unknown>(
  ...['5000', '', null, true, false, 10n, Symbol('option'), {}, [], [1], new Map()],
  ...[Object.create(null), new AbortController(), Promise.resolve(1), new Date(0), /a/],
);
const wrong = (values: fc.Arbitrary<unknown>): Draw =>
  values.map((value) => ({ value, fault: TypeError }));
const right = (...values: readonly unknown[]): Draw =>
  fc.constantFrom(undefined, ...values).map((value) => ({ value }));

function number(
  min: number,
  max: number,
  { orInfinity = max === Infinity, integer = false } = {},
): Draw {
  const near = fc.constantFrom(min, min - 1, min + 1, min - 0.5, min + 0.5, max, max + 1, max - 1);
  const odd = fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 1e300, Number.MIN_VALUE);
  const numbers = fc.oneof(near, odd, fc.double(), fc.integer()).map((value): Drawn => {
    const isWhole = Number.isInteger(value);
    const fits = value === Infinity ? orInfinity : value >= min && value <= max;
    return {
      value,
      fault: fits && (isWhole || value === Infinity || !integer) ? undefined : RangeError,
    };
  });
  return fc.oneof(
    { weight: 6, arbitrary: numbers },
    {
      weight: 1,
      arbitrary: wrong(
        fc.oneof(
          junk,
          fc.constant(() => 5),
        ),
      ),
    },
    { weight: 1, arbitrary: right() },
  );
}

const fn = (): number => 1;
const callable: Draw = fc.oneof(right(fn), wrong(fc.oneof(junk, fc.integer())));
const notAFunction = fc.oneof(junk, fc.integer(), fc.constant(fn));
const notifier: Draw = fc.oneof(
  right(NEVER, of(true), new Subject(), { subscribe: fn }),
  wrong(notAFunction),
);

/** Every option by itself. */
const top: Readonly<Record<string, Draw>> = {
  requestTimeout: number(1, MAX, { orInfinity: true }),
  timeout: number(0, MAX, { orInfinity: true }),
  notFoundGrace: number(0, MAX, { orInfinity: true }),
  scheduler: fc.oneof(
    right(asyncScheduler, new VirtualTimeScheduler(), { now: fn, schedule: fn }),
    wrong(
      fc.oneof(
        notAFunction,
        fc.constantFrom({ now: fn }, { schedule: fn }, { now: 1, schedule: 1 }),
      ),
    ),
  ),
  unknownStatus: fc.oneof(
    right('error', 'ignore'),
    wrong(
      fc.oneof(
        junk,
        fc.constantFrom('ignored', 'xerror', ['ignore'], { toString: () => 'ignore' }),
      ),
    ),
  ),
  knownStatus: fc.oneof(
    right(...TASK_STATUSES),
    wrong(fc.oneof(junk, fc.constantFrom('done', ['running']))),
  ),
  pauseWhile: notifier,
  pollNow: notifier,
  signal: fc.oneof(
    right(new AbortController().signal, AbortSignal.abort()),
    wrong(
      fc.oneof(
        notAFunction,
        fc.constantFrom(
          { addEventListener: fn, removeEventListener: fn },
          { addEventListener: fn, aborted: false },
          { removeEventListener: fn, aborted: false },
        ),
      ),
    ),
  ),
  transport: callable,
};
const schedule = {
  initialDelay: number(0, MAX),
  factor: number(1, Infinity),
  maxDelay: number(0, MAX),
  jitter: number(0, 1),
  random: callable,
};
const backoff: Readonly<Record<string, Draw>> = {
  ...schedule,
  delay: callable,
  resetOnChange: fc.oneof(right(true, false), wrong(fc.constantFrom(0, 1, 'true', null, {}))),
};
const retry: Readonly<Record<string, Draw>> = {
  ...schedule,
  maxRetries: number(0, Infinity, { integer: true }),
  maxRetryAfter: number(0, MAX),
  shouldRetry: callable,
};

/** Options with some of these names, mostly right ones. */
function options(draws: Readonly<Record<string, Draw>>): fc.Arbitrary<Record<string, Drawn>> {
  const fields = Object.entries(draws).map(([name, draw]) => [
    name,
    fc.oneof(
      draw.filter(({ fault }) => !fault),
      draw.filter(({ fault }) => !fault),
      draw,
    ),
  ]);
  const record = Object.fromEntries(fields) as Record<string, Draw>;
  return fc.record(record, { requiredKeys: [] }) as fc.Arbitrary<Record<string, Drawn>>;
}

const valuesOf = (drawn: Readonly<Record<string, Drawn>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(drawn).map(([name, { value }]) => [name, value]));

const create = (given: unknown) => createTaskStatus(given as TaskStatusOptions);

describe('options', () => {
  test.prop(
    [options(top), options(backoff), options(retry), fc.constantFrom(KEY, undefined)],
    runs(2_000),
  )(
    'are refused exactly if one of them is invalid, with an error that names it and shows no key',
    (own, inBackoff, inRetry, apiKey) => {
      const groups = [
        ['', own],
        ['backoff.', inBackoff],
        ['retry.', inRetry],
      ] as const;
      const faults = groups.flatMap(([group, drawn]) =>
        Object.entries(drawn).flatMap(([name, { fault }]) =>
          fault ? [{ name: group + name, fault }] : [],
        ),
      );
      const given = {
        ...valuesOf(own),
        apiKey,
        backoff: valuesOf(inBackoff),
        retry: valuesOf(inRetry),
      };
      if (faults.length === 0) {
        create(given);
        return;
      }
      const found = faults.find(({ name, fault }) => {
        try {
          create(given);
        } catch (error) {
          expect(String(error)).not.toContain(KEY);
          return error instanceof fault && error.message.startsWith(`${name} must be `);
        }
        return false;
      });
      expect(found).toBeDefined();
    },
  );

  const groups = { '': top, 'backoff.': backoff, 'retry.': retry };
  for (const [group, draws] of Object.entries(groups)) {
    for (const [name, draw] of Object.entries(draws)) {
      test.prop([draw], runs(200))(`${group}${name} alone`, ({ value, fault }) => {
        const given = group ? { [group.slice(0, -1)]: { [name]: value } } : { [name]: value };
        if (!fault) create(given);
        else {
          expect(() => create(given)).toThrow(fault);
          expect(() => create(given)).toThrow(new RegExp(`^${group}${name} must be .*, got .+`));
        }
      });
    }
  }

  test.each([
    [{ timeout: -1 }, 'timeout must be a number from 0 to 2147483647, or Infinity, got -1'],
    [
      { requestTimeout: 0 },
      'requestTimeout must be a number from 1 to 2147483647, or Infinity, got 0',
    ],
    [{ backoff: { jitter: 2 } }, 'backoff.jitter must be a number from 0 to 1, got 2'],
    [{ backoff: { factor: 0.5 } }, 'backoff.factor must be a number from 1 to Infinity, got 0.5'],
    [
      { retry: { maxRetries: 1.5 } },
      'retry.maxRetries must be an integer from 0 to Infinity, got 1.5',
    ],
    [
      { retry: { maxDelay: Infinity } },
      'retry.maxDelay must be a number from 0 to 2147483647, got Infinity',
    ],
  ])('%o is refused with its range', (given, message) => {
    expect(() => create(given)).toThrow(new RangeError(message));
  });
});
