import { getEventListeners } from 'node:events';
import { whileHidden, whileOffline } from 'rxjs-task-status';
import { afterEach, describe, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Subscribes and records the notifications. */
function record(state$: ReturnType<typeof whileHidden>) {
  const events: unknown[] = [];
  const subscription = state$.subscribe({
    next: (state) => events.push(state),
    complete: () => events.push('complete'),
  });
  return { events, subscription };
}

describe('whileHidden', () => {
  function page(visibilityState: string) {
    const document = Object.assign(new EventTarget(), { visibilityState });
    vi.stubGlobal('document', document);
    const turn = (state: string) => {
      document.visibilityState = state;
      document.dispatchEvent(new Event('visibilitychange'));
    };
    return { document, turn };
  }

  test('emits the state, then each change', () => {
    const { turn } = page('visible');
    const { events } = record(whileHidden());
    expect(events).toEqual([false]);
    for (const state of ['visible', 'hidden', 'hidden', 'visible', 'prerender']) turn(state);
    expect(events).toEqual([false, true, false]);
  });

  test('emits true at first if the page is hidden', () => {
    const { turn } = page('hidden');
    const { events } = record(whileHidden());
    turn('visible');
    expect(events).toEqual([true, false]);
  });

  test('has listeners only while it has subscribers', () => {
    const { document } = page('visible');
    const hidden$ = whileHidden();
    const listeners = () => getEventListeners(document, 'visibilitychange').length;
    expect(listeners()).toBe(0);
    const [one, other] = [record(hidden$), record(hidden$)];
    expect(listeners()).toBe(2);
    one.subscription.unsubscribe();
    other.subscription.unsubscribe();
    expect(listeners()).toBe(0);
  });

  test('emits false and completes if there is no page', () => {
    expect(record(whileHidden()).events).toEqual([false, 'complete']);
  });
});

describe('whileOffline', () => {
  function browser(onLine: unknown, more: object = {}) {
    const events = new EventTarget();
    const navigator = { onLine };
    const globals = {
      navigator,
      addEventListener: events.addEventListener.bind(events),
      removeEventListener: events.removeEventListener.bind(events),
      ...more,
    };
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const turn = (event: 'online' | 'offline', to = event === 'online') => {
      navigator.onLine = to;
      events.dispatchEvent(new Event(event));
    };
    return { events, turn };
  }

  test('emits the state, then each change', () => {
    const { turn } = browser(true);
    const { events } = record(whileOffline());
    expect(events).toEqual([false]);
    turn('online');
    turn('offline');
    turn('offline');
    turn('online');
    // an event that contradicts navigator.onLine is ignored
    turn('offline', true);
    expect(events).toEqual([false, true, false]);
  });

  test('emits true at first if the browser is offline', () => {
    const { turn } = browser(false);
    const { events } = record(whileOffline());
    turn('online');
    expect(events).toEqual([true, false]);
  });

  test('has listeners only while it has subscribers', () => {
    const { events } = browser(true);
    const count = () =>
      getEventListeners(events, 'online').length + getEventListeners(events, 'offline').length;
    const { subscription } = record(whileOffline());
    expect(count()).toBe(2);
    subscription.unsubscribe();
    expect(count()).toBe(0);
  });

  test.each([
    ['there is no navigator', true, { navigator: undefined }],
    ['navigator.onLine is undefined', undefined, {}],
    ['there is no addEventListener()', true, { addEventListener: undefined }],
  ])('emits false and completes if %s', (_, onLine, more) => {
    browser(onLine, more);
    expect(record(whileOffline()).events).toEqual([false, 'complete']);
  });
});
