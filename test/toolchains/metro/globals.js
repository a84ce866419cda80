import { AbortController, AbortSignal } from 'abort-controller/dist/abort-controller';

// What React Native 0.83 adds to JavaScript, as far as a watch can notice. It has neither TextEncoder nor
// TextDecoder, no streams, and an AbortSignal without a reason. `nativeFetch` is from outside: it
// gives the status, the header lines and the text.

/** Like React Native's URL: it checks almost nothing, and ends a path with a slash. */
class URL {
  constructor(url) {
    this.href = url.endsWith('/') || /[?#]/.test(url) ? url : `${url}/`;
  }
  get protocol() {
    return /^[^:]*:/.exec(this.href)?.[0] ?? '';
  }
  get username() {
    return /^https?:\/\/([^:@]+)(?::[^@]*)?@/.exec(this.href)?.[1] ?? '';
  }
  get password() {
    return /^https?:\/\/.*:(.*)@/.exec(this.href)?.[1] ?? '';
  }
  get origin() {
    return /^https?:\/\/[^/]+/.exec(this.href)?.[0] ?? '';
  }
  get pathname() {
    return /^https?:\/\/[^/]+(\/[^?#]*)?/.exec(this.href)?.[1] ?? '/';
  }
  get search() {
    return /\?[^#]*/.exec(this.href)?.[0] ?? '';
  }
  get hash() {
    return /#[^/]*/.exec(this.href)?.[0] ?? '';
  }
  toString() {
    return this.href;
  }
}

/** React Native's fetch is a polyfill: an answer has a text and no body. */
async function fetch(url, { method, headers, signal }) {
  if (signal?.aborted) throw new Error('Aborted');
  const { status, headers: lines, text } = await nativeFetch(url, { method, headers });
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: { get: (name) => lines[name.toLowerCase()] ?? null },
    text: async () => text,
  };
}

globalThis.window = globalThis;
globalThis.navigator = { product: 'ReactNative' };
Object.assign(globalThis, { AbortController, AbortSignal, URL, fetch });
