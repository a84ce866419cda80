import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';

describe("the pool's signal", () => {
  test('ends every watch with its reason, and sends no request in between', () => {
    const controller = new AbortController();
    const { pool, observe, at, run } = createPoolHarness(() => 'silence', {
      maxConcurrent: 1,
      signal: controller.signal,
    });
    observe('one', pool.status$('a'));
    observe('many', pool.statuses$(['b', 'c']));
    at(50, () => controller.abort('over'));
    at(60, () => observe('late', pool.status$('d')));
    expect(run().log).toEqual([
      '0 request a',
      '50 abort a',
      '50 one: error over',
      '50 many: b over',
      '50 many: c over',
      '50 many: complete',
      '60 late: error over',
    ]);
  });

  test('is no error of a task that has ended, although its end is kept', () => {
    const controller = new AbortController();
    const { pool, observe, at, run } = createPoolHarness(
      { b: ['silence'] },
      { signal: controller.signal },
    );
    observe('many', pool.statuses$(['a', 'b']));
    at(500, () => controller.abort('over'));
    expect(run().received('many')).toEqual([
      '100 many: a finished',
      '500 many: b over',
      '500 many: complete',
    ]);
  });

  test('is replaced by the signal of the overrides', () => {
    const controller = new AbortController();
    const { pool, observe, at, run } = createPoolHarness({}, { signal: controller.signal });
    observe('one', pool.status$('a', { signal: new AbortController().signal }));
    observe('two', pool.status$('b'));
    at(50, () => controller.abort('over'));
    expect(run().log).toEqual([
      '0 request a',
      '0 request b',
      '50 abort b',
      '50 two: error over',
      '100 one: finished',
      '100 one: complete',
    ]);
  });

  test('has one listener until the last watch ends', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = () => getEventListeners(signal, 'abort').length;
    const listen = vi.spyOn(signal, 'addEventListener');
    const own = { signal: new AbortController().signal };
    const { pool, observe, received } = createPoolHarness(() => 'silence', { signal });
    const [a, b, c] = ['a', 'b', 'c'].map((task) => observe(task, pool.status$(task)));
    const other = observe('other', pool.status$('other', own));
    expect(listeners()).toBe(1);
    // a signal of the caller's need not drop a listener that is added twice
    expect(listen).toHaveBeenCalledOnce();
    a?.unsubscribe();
    other.unsubscribe();
    b?.unsubscribe();
    expect(listeners()).toBe(1);
    controller.abort('over');
    expect(received('c')).toEqual(['0 c: error over']);
    expect(listeners()).toBe(0);
    c?.unsubscribe();
  });

  test('has no listener for a watch with another signal', () => {
    const { signal } = new AbortController();
    const { pool, observe } = createPoolHarness(() => 'silence', { signal });
    observe('own', pool.status$('own', { signal: new AbortController().signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const others = ['a', 'b'].map((task) => observe(task, pool.status$(task)));
    for (const other of others) other.unsubscribe();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('does not end a watch that starts while it ends the others', () => {
    const controller = new AbortController();
    const { pool, observe, requests, received } = createPoolHarness(() => 'silence', {
      signal: controller.signal,
    });
    const own = { signal: new AbortController().signal };
    pool.status$('a').subscribe({ error: () => observe('again', pool.status$('b', own)) });
    observe('b', pool.status$('b'));
    controller.abort('over');
    observe('beside', pool.status$('b'));
    expect(requests().filter((line) => line.endsWith('request b'))).toHaveLength(2);
    expect(received('beside')).toEqual([]);
  });

  test('aborted inside a next callback: nothing follows, not even completion', () => {
    const controller = new AbortController();
    const { pool, observe, run } = createPoolHarness({}, { signal: controller.signal });
    pool.status$('a').subscribe({
      next: () => controller.abort('over'),
      error: () => undefined,
    });
    observe('one', pool.status$('a'));
    expect(run().received('one')).toEqual(['100 one: error over']);
  });
});
