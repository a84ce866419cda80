import { getEventListeners } from 'node:events';
import { whileHidden, whileOffline } from 'rxjs-task-status';
import { afterEach, describe, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What is told of a state, which is false where there is none, and what stops it. */
function follow(state$: ReturnType<typeof whileHidden>) {
  const told: unknown[] = [];
  const subscription = state$.subscribe({
    next: (state) => told.push(state),
    complete: () => told.push('complete'),
  });
  return { told, subscription };
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

  test('tells the state, then each change', () => {
    const { turn } = page('visible');
    const { told } = follow(whileHidden());
    expect(told).toEqual([false]);
    for (const state of ['visible', 'hidden', 'hidden', 'visible', 'prerender']) turn(state);
    expect(told).toEqual([false, true, false]);
  });

  test('begins hidden where the page is', () => {
    const { turn } = page('hidden');
    const { told } = follow(whileHidden());
    turn('visible');
    expect(told).toEqual([true, false]);
  });

  test('listens while somebody subscribes', () => {
    const { document } = page('visible');
    const hidden$ = whileHidden();
    const listeners = () => getEventListeners(document, 'visibilitychange').length;
    expect(listeners()).toBe(0);
    const [one, other] = [follow(hidden$), follow(hidden$)];
    expect(listeners()).toBe(2);
    one.subscription.unsubscribe();
    other.subscription.unsubscribe();
    expect(listeners()).toBe(0);
  });

  test('is false, and over, where there is no page', () => {
    expect(follow(whileHidden()).told).toEqual([false, 'complete']);
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

  test('tells the state, then each change', () => {
    const { turn } = browser(true);
    const { told } = follow(whileOffline());
    expect(told).toEqual([false]);
    turn('online');
    turn('offline');
    turn('offline');
    turn('online');
    // an event that is not true is none
    turn('offline', true);
    expect(told).toEqual([false, true, false]);
  });

  test('begins offline where the browser is', () => {
    const { turn } = browser(false);
    const { told } = follow(whileOffline());
    turn('online');
    expect(told).toEqual([true, false]);
  });

  test('listens while somebody subscribes', () => {
    const { events } = browser(true);
    const count = () =>
      getEventListeners(events, 'online').length + getEventListeners(events, 'offline').length;
    const { subscription } = follow(whileOffline());
    expect(count()).toBe(2);
    subscription.unsubscribe();
    expect(count()).toBe(0);
  });

  test.each([
    ['there is no navigator', true, { navigator: undefined }],
    ['the navigator does not say', undefined, {}],
    ['nothing can be listened to', true, { addEventListener: undefined }],
  ])('is false, and over, where %s', (_, onLine, more) => {
    browser(onLine, more);
    expect(follow(whileOffline()).told).toEqual([false, 'complete']);
  });
});
