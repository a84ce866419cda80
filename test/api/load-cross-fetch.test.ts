import { afterEach, expect, test, vi } from 'vitest';
import { loadCrossFetch } from '../../src/api/load-cross-fetch.js';

const NO_FETCH = new TypeError(
  'This runtime has no fetch: pass one with the fetch or the transport option',
);

afterEach(() => {
  vi.doUnmock('cross-fetch');
  vi.resetModules();
});

test('gives the fetch of cross-fetch', async () => {
  const { fetch } = await import('cross-fetch');
  expect(await loadCrossFetch()).toBe(fetch);
});

test('throws a TypeError that says what to do where a bundler has put an empty module', async () => {
  vi.doMock('cross-fetch', () => ({ fetch: undefined }));
  await expect(loadCrossFetch()).rejects.toThrow(NO_FETCH);
});

test('throws the same where cross-fetch cannot be loaded, with the reason as its cause', async () => {
  vi.doMock('cross-fetch', () => {
    throw new Error('not installed');
  });
  const error: unknown = await loadCrossFetch().catch((reason: unknown) => reason);
  expect(error).toEqual(NO_FETCH);
  expect((error as TypeError).cause).toBeInstanceOf(Error);
});
