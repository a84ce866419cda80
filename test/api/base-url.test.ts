import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { taskStatus$, type TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

// it brings no types
const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
  JSDOM: new (
    html: string,
    options?: { url: string },
  ) => {
    window: { URL: typeof URL; location: { href: string } };
  };
};

afterEach(() => void vi.unstubAllGlobals());

const call = (baseUrl: unknown) => taskStatus$('task_1', { baseUrl } as TaskStatusOptions);

/** The URL of the first request. */
function requested(baseUrl: unknown): string | undefined {
  const { transport, requests } = fakeTaskApi({ task_1: [['finished', 0]] });
  taskStatus$('task_1', { baseUrl, transport } as TaskStatusOptions).subscribe();
  return requests[0]?.url;
}

describe('a baseUrl', () => {
  test.each([
    ['https://proxy.example', 'https://proxy.example/task/task_1/status'],
    ['HTTPS://Proxy.Example///', 'https://proxy.example/task/task_1/status'],
    [' https://proxy.example/v1/ ', 'https://proxy.example/v1/task/task_1/status'],
    ['http://proxy.example/v1/?team=1#top', 'http://proxy.example/v1/task/task_1/status?team=1'],
    ['http://proxy.example/#top', 'http://proxy.example/task/task_1/status'],
    ['https:proxy.example', 'https://proxy.example/task/task_1/status'],
  ])('loses the slashes at its end and its hash, and its query comes last: %s', (baseUrl, url) => {
    expect(requested(baseUrl)).toBe(url);
    expect(requested(new URL(baseUrl))).toBe(url);
  });

  test('may be a URL of another realm', () => {
    const { window } = new JSDOM('');
    const foreign: unknown = new window.URL('https://proxy.example/v1');
    expect(foreign).not.toBeInstanceOf(URL);
    const isolated: unknown = runInNewContext('({ href: "https://proxy.example/v1" })');
    for (const baseUrl of [foreign, isolated]) {
      expect(requested(baseUrl)).toBe('https://proxy.example/v1/task/task_1/status');
    }
  });

  test.each([
    ['/api/v1', 'https://app.example/api/v1/task/task_1/status'],
    ['/api/v1/?team=1#top', 'https://app.example/api/v1/task/task_1/status?team=1'],
    ['api', 'https://app.example/board/api/task/task_1/status'],
    ['../api', 'https://app.example/api/task/task_1/status'],
    ['//other.example/api', 'https://other.example/api/task/task_1/status'],
    ['https://other.example', 'https://other.example/task/task_1/status'],
    // on its own it is absolute, whatever page it is in
    ['https:other.example', 'https://other.example/task/task_1/status'],
  ])('that is relative is resolved against the page or worker: %s', (baseUrl, url) => {
    vi.stubGlobal('location', new URL('https://app.example/board/index.html?page=1#row'));
    expect(requested(baseUrl)).toBe(url);
  });

  test('that is relative works in jsdom', () => {
    const { window } = new JSDOM('', { url: 'http://localhost:3000/board/' });
    vi.stubGlobal('location', window.location);
    expect(requested('/api')).toBe('http://localhost:3000/api/task/task_1/status');
  });

  const fix = "; in a page use new URL('/api/v1', location.origin)";

  test.each<[baseUrl: unknown, got: string]>([
    ['', '""'],
    ['api', '"api"'],
    ['/api/v1', '"/api/v1"'],
    ['//host', '"//host"'],
    ['http://', '"http://"'],
    ['https://[', '"https://["'],
    [42, '42'],
    [null, 'null'],
    [{}, 'an object'],
    [() => 'https://host', 'a function'],
    ['/api?key=s3cret', '"/api"'],
    ['/api#s3cret', '"/api"'],
    ['https://anna:s3cret@[', '"***@["'],
    ['https://anna:s3?cret@[', '"***@["'],
    ['/s3cret@host', '"***@host"'],
  ])('that is not absolute is refused where there is no location: %o', (baseUrl, got) => {
    const message = `baseUrl must be an absolute http(s) URL without credentials, got ${got}${fix}`;
    expect(() => call(baseUrl)).toThrow(new TypeError(message));
  });

  test.each([
    'about:blank',
    'data:text/html,hi',
    'blob:https://app.example/1',
    'file:///index.html',
  ])('that is relative is refused on a page at %s, which it cannot be resolved against', (href) => {
    vi.stubGlobal('location', { href });
    expect(() => call('/api/v1')).toThrow(
      `must be an absolute http(s) URL without credentials, got "/api/v1"`,
    );
  });

  test('that is empty is refused in a page too, because it would be the URL of the page', () => {
    vi.stubGlobal('location', new URL('https://app.example/board'));
    for (const baseUrl of ['', ' ']) expect(() => call(baseUrl)).toThrow(/^baseUrl must be/);
  });

  test('that is relative is refused where reading globalThis.location throws', () => {
    vi.stubGlobal('location', {
      get href(): string {
        throw new Error('Access to "location", run again with --location <href>.');
      },
    });
    expect(() => call('/api/v1')).toThrow(/^baseUrl must be an absolute http\(s\) URL without/);
    expect(requested('https://proxy.example')).toBe('https://proxy.example/task/task_1/status');
  });

  test.each([
    ['ftp://host/?key=s3cret', '"ftp://host/"'],
    ['file:///etc', '"file:///etc"'],
    ['javascript:alert(1)', '"javascript:alert(1)"'],
    ['ws://host/v1', '"ws://host/v1"'],
    ['xhttp://host/v1', '"xhttp://host/v1"'],
    ['httpx://host/v1', '"httpx://host/v1"'],
    ['mailto:s3cret@host', '"***@host"'],
    ['https://anna:s3cret@host/v1?key=s3cret', '"***@host/v1"'],
    ['https://anna@host/', '"***@host/"'],
    ['https://:s3cret@host:8080/', '"***@host:8080/"'],
    ['https:anna:s3cret@host/', '"***@host/"'],
    ['https://an\nna:s3@cret@host/', '"***@host/"'],
    [`https://anna:${'s3cret'.repeat(50)}@host/`, '"***@host/"'],
  ])(
    'that is not http(s) or has credentials is refused, and the error does not show them: %s',
    (baseUrl, got) => {
      const message = `baseUrl must be an absolute http(s) URL without credentials, got ${got}`;
      for (const form of [baseUrl, new URL(baseUrl)]) {
        expect(() => call(form)).toThrow(new TypeError(message));
      }
    },
  );
});
