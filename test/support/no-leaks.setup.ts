import { config } from 'rxjs';
import { afterAll, expect, vi } from 'vitest';

// The files of a worker share their globals and modules: what one changes it must change back.

const { fetch, setTimeout } = globalThis;
const listeners = process.listenerCount('unhandledRejection');

afterAll(() => {
  expect({
    fakeTimers: vi.isFakeTimers(),
    fetch: globalThis.fetch,
    setTimeout: globalThis.setTimeout,
    document: 'document' in globalThis,
    onUnhandledError: config.onUnhandledError,
    listeners: process.listenerCount('unhandledRejection'),
  }).toEqual({
    fakeTimers: false,
    fetch,
    setTimeout,
    document: false,
    onUnhandledError: null,
    listeners,
  });
});
