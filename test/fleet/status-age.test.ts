import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StatusAge } from '../../src/fleet/status-age.js';

const unknown = { status: undefined, elapsed: undefined, lastSeen: 0 };

describe('the age of a status', () => {
  test('begins when the status is first seen, and its end is between two polls', () => {
    const age = new StatusAge(unknown, 100);
    expect(age.elapsed(undefined, 150)).toBe(0);
    expect(age.soFar()).toBeUndefined();
    expect(age.seenAgo(150)).toBeUndefined();
    expect(age.see('created', 200)).toBeUndefined();
    expect(age.see('created', 300)).toBeUndefined();
    expect(age.elapsed('created', 350)).toBe(150);
    expect(age.seenAgo(350)).toBe(50);
    expect(age.soFar()).toEqual({ status: 'created', from: 100, to: 100, censored: true });
    const ended = { status: 'created', from: 100, to: 200, censored: false };
    expect(age.see('running', 400)).toEqual(ended);
    expect(age.elapsed('running', 400)).toBe(0);
    expect(age.elapsed('created', 400)).toBe(0);
  });

  test('continues that of the worker before', () => {
    const age = new StatusAge({ status: 'running', elapsed: 5_000, lastSeen: 3_000 }, 10_000);
    expect(age.elapsed('running', 10_500)).toBe(5_500);
    expect(age.elapsed('paused', 10_500)).toBe(0);
    expect(age.seenAgo(10_500)).toBeUndefined();
    expect(age.soFar()).toEqual({ status: 'running', from: 3_000, to: 3_000, censored: true });
    const ended = { status: 'running', from: 3_000, to: 5_500, censored: false };
    expect(age.see('finished', 10_500)).toEqual(ended);
  });

  test('begins with the claim, and is not recorded, if Redis does not know it', () => {
    const age = new StatusAge({ status: 'running', elapsed: undefined, lastSeen: 0 }, 10_000);
    expect(age.elapsed('running', 10_500)).toBe(500);
    expect(age.see('running', 10_500)).toBeUndefined();
    expect(age.soFar()).toBeUndefined();
    expect(age.see('finished', 11_000)).toBeUndefined();
    expect(age.seenAgo(11_000)).toBe(0);
  });

  test('a clock that is set back makes nothing negative', () => {
    const age = new StatusAge(unknown, 10_000);
    age.see('running', 10_000);
    expect(age.elapsed('running', 5_000)).toBe(0);
    expect(age.seenAgo(5_000)).toBe(0);
    expect(age.see('finished', 5_000)).toMatchObject({ from: 0, to: 0 });
  });

  test.each(['crash', 'hand over'] as const)(
    'any number of workers find the same duration as one would: %s',
    (kind) => {
      const steps = fc.array(
        fc.record({
          wait: fc.integer({ min: 0, max: 1_000 }),
          status: fc.constantFrom('created', 'running', 'paused'),
          handsOver: fc.boolean(),
        }),
      );
      fc.assert(
        fc.property(steps, (polls) => {
          const one = new StatusAge(unknown, 0);
          let worker = new StatusAge(unknown, 0);
          // what Redis stores
          let status: string | undefined;
          let changedAt: number | undefined;
          let seenAt = 0;
          let now = 0;
          for (const poll of polls) {
            now += poll.wait;
            const expected = one.see(poll.status, now);
            const ended = worker.see(poll.status, now);
            expect(worker.elapsed(poll.status, now)).toBe(one.elapsed(poll.status, now));
            if (kind === 'hand over') expect(ended).toEqual(expected);
            else {
              // a worker that crashes does not say when it has last seen the status
              expect(ended?.to).toBe(expected?.to);
              expect(ended?.from ?? 0).toBeLessThanOrEqual(expected?.from ?? 0);
            }
            if (poll.status !== status) [status, changedAt, seenAt] = [poll.status, now, now];
            if (!poll.handsOver) continue;
            if (kind === 'hand over') seenAt = now - (worker.seenAgo(now) ?? now - seenAt);
            const claimed = {
              status,
              elapsed: changedAt === undefined ? undefined : now - changedAt,
              lastSeen: seenAt - (changedAt ?? 0),
            };
            worker = new StatusAge(claimed, now);
          }
        }),
      );
    },
  );
});
