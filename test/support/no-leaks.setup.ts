import { config } from 'rxjs';
import { afterAll, expect, vi } from 'vitest';

// The test files of a worker share globals and modules, so each file must restore what it changes.

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
