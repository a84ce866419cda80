import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { fetch as crossFetch } from 'cross-fetch';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { misuse } from '../../src/api/misuse.js';
import { isPermanentNetworkFailure, thrownStatus } from '../../src/api/network-failure.js';
import { fc, test } from '../support/property.js';

const failed = (code: string, message = '') => Object.assign(new Error(message), { code });
const wrapped = (cause: unknown) => new TypeError('fetch failed', { cause });
const named = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('a certificate that does not verify is permanent', () => {
  test.each([
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REVOKED',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'CRL_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERROR_IN_CERT_NOT_AFTER_FIELD',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_TLS_CERT_ALTNAME_FORMAT',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
    'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('%s', (code) => {
    expect(isPermanentNetworkFailure(failed(code))).toBe(true);
    expect(isPermanentNetworkFailure(wrapped(failed(code)))).toBe(true);
  });

  // as seen in Deno 2.9 and in Electron
  test.each([
    'error sending request for url (https://a.test/): client error (Connect): invalid peer certificate: UnknownIssuer',
    'net::ERR_CERT_DATE_INVALID',
  ])('%s', (message) => {
    expect(isPermanentNetworkFailure(wrapped(new Error(message)))).toBe(true);
  });
});

describe('a request that a client refuses to send is permanent', () => {
  test.each([
    'ERR_BAD_OPTION',
    'ERR_BAD_OPTION_VALUE',
    'ERR_HTTP_INVALID_HEADER_VALUE',
    'ERR_HTTP2_INVALID_HEADER_VALUE',
    'ERR_INVALID_ARG_TYPE',
    'ERR_INVALID_ARG_VALUE',
    'ERR_INVALID_CHAR',
    'ERR_INVALID_HTTP_TOKEN',
    'ERR_INVALID_PROTOCOL',
    'ERR_INVALID_THIS',
    'ERR_INVALID_URL',
    'ERR_SOCKET_BAD_PORT',
    'ERR_UNESCAPED_CHARACTERS',
    'UND_ERR_INVALID_ARG',
    'UND_ERR_NOT_SUPPORTED',
  ])('%s', (code) => expect(isPermanentNetworkFailure(failed(code))).toBe(true));

  test.each([
    // Chromium
    "Failed to execute 'fetch' on 'Window': Invalid name",
    "Failed to execute 'fetch' on 'WorkerGlobalScope': Request with GET/HEAD method cannot have body.",
    // Firefox
    'Window.fetch: a b is an invalid header name.',
    'WorkerGlobalScope.fetch: HEAD or GET Request cannot have a body.',
    // Safari
    "Header 'a' has invalid value",
    'Not allowed to use restricted network port',
    // Deno
    'Invalid header name: "a b"',
    'failed to parse header value',
    'Method is not valid',
    'Method is forbidden',
    "Invalid URL: '/x'",
    "Url scheme 'ftp' not supported",
    'Fetch failed: Requests to port 6667 are blocked',
    "Failed to construct 'Request': 'signal' of 'RequestInit' (Argument 2) is not of type AbortSignal",
    // Bun
    "Invalid header name: 'a b'",
    'fetch() request with GET/HEAD method cannot have body.',
    // undici with a signal of jsdom
    'RequestInit: Expected signal ("AbortSignal {}") to be an instance of AbortSignal.',
    // node-fetch
    'Expected signal to be an instanceof AbortSignal',
    'Only HTTP(S) protocols are supported',
  ])('TypeError: %s', (message) => {
    expect(isPermanentNetworkFailure(new TypeError(message))).toBe(true);
    // other errors may quote what a server sent
    expect(isPermanentNetworkFailure(new Error(message))).toBe(false);
  });
});

describe('a mistake in the caller’s code is permanent', () => {
  test('a ReferenceError', () => {
    const broken = (): unknown => runInContext('taskId.length', createContext());
    let reason: unknown;
    try {
      broken();
    } catch (error) {
      reason = error;
    }
    // of another realm, as in Jest
    expect(reason).not.toBeInstanceOf(ReferenceError);
    expect(isPermanentNetworkFailure(reason)).toBe(true);
    expect(isPermanentNetworkFailure(new Error('failed', { cause: reason }))).toBe(true);
  });

  test.each([
    new SyntaxError('Unexpected identifier'),
    new SyntaxError('Invalid regular expression: /(/: Unterminated group'),
    new DOMException("'a b' is not a valid HTTP method", 'SyntaxError'),
  ])('%o', (error) => expect(isPermanentNetworkFailure(error)).toBe(true));

  test('a TypeError that fetchTransport made', () => {
    expect(isPermanentNetworkFailure(new Error('failed', { cause: misuse('no') }))).toBe(true);
  });
});

describe('a failure that a retry may fix is transient', () => {
  const bodyErrors = ['', '<html>', '"finis', '{', '{"a": 1,}', 'undefined', '5 5'].map((body) => {
    try {
      return JSON.parse(body) as unknown;
    } catch (error) {
      return error;
    }
  });
  test.each([
    ...bodyErrors,
    named('SyntaxError', 'JSON.parse: unexpected character at line 1 column 1 of the JSON data'),
    named('SyntaxError', "JSON Parse error: Unrecognized token '<'"),
    named('SyntaxError', 'Failed to parse JSON'),
    // what older Safaris say of a body that is not JSON
    named('SyntaxError', 'The string did not match the expected pattern.'),
  ])('a body that is not JSON: %o', (error) => {
    expect(error).toHaveProperty('name', 'SyntaxError');
    expect(isPermanentNetworkFailure(error)).toBe(false);
  });

  test.each([
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETDOWN',
    'ENOTFOUND',
    'EPIPE',
    'EPROTO',
    'ERR_HTTP2_INVALID_STREAM',
    'ERR_INVALID_STATE',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_STREAM_PREMATURE_CLOSE',
    'ETIMEDOUT',
    'HPE_INVALID_HEADER_TOKEN',
    'TEMPORARILY_UNABLE_TO_CONNECT',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_SOCKET',
  ])('%s', (code) => {
    expect(isPermanentNetworkFailure(failed(code))).toBe(false);
    expect(isPermanentNetworkFailure(wrapped(failed(code)))).toBe(false);
  });

  test.each([
    'fetch failed',
    'Failed to fetch',
    'Load failed',
    'NetworkError when attempting to fetch resource.',
    'Network request failed',
    'network error',
    'terminated',
    'The network connection was lost.',
    'fetch failed because a bad port was given',
    'bad port in the answer of a proxy',
    'A proxy answered: bad port',
    'PROXYERR_CERT_EXPIRED',
    "A proxy answered: Failed to execute 'fetch'",
    'A proxy answered: Window.fetch: Load failed',
    'The Method is not available now',
    // these may come from the caller's code or from a server
    "Cannot read properties of undefined (reading 'status')",
    'response.json is not a function',
  ])('TypeError: %s', (message) => {
    expect(isPermanentNetworkFailure(new TypeError(message))).toBe(false);
  });

  test.each([
    new DOMException('The operation was aborted.', 'AbortError'),
    new DOMException('The operation timed out.', 'TimeoutError'),
    new Error('ReferenceError: x is not defined'),
    'bad port',
    undefined,
    null,
    42,
    { code: 42, name: {}, message: [] },
  ])('%o', (reason) => expect(isPermanentNetworkFailure(reason)).toBe(false));
});

describe('an answer that a transport throws', () => {
  const http = (status: unknown) => [
    Object.assign(new Error(), { response: { status } }), // axios, ky
    Object.assign(new Error(), { response: { statusCode: status } }), // got
    Object.assign(new Error(), { status }), // superagent, ofetch
    Object.assign(new Error(), { statusCode: status }), // undici
  ];

  test.each([300, 302, 400, 401, 404, 410, 422, 451, 499])('is permanent for %i', (status) => {
    for (const error of http(status)) {
      expect(thrownStatus(error)).toBe(status);
      expect(isPermanentNetworkFailure(error)).toBe(true);
    }
  });

  test.each([408, 425, 429, 500, 502, 503, 599])('is transient for %i', (status) => {
    for (const error of http(status)) {
      expect(thrownStatus(error)).toBe(status);
      expect(isPermanentNetworkFailure(error)).toBe(false);
    }
  });

  test.each([0, 200, 299, 600, NaN, '404', undefined])('has no HTTP status with %o', (status) => {
    for (const error of http(status)) {
      expect(thrownStatus(error)).toBeUndefined();
      expect(isPermanentNetworkFailure(error)).toBe(false);
    }
  });

  test('has no HTTP status if it is not an object', () => {
    for (const reason of [undefined, null, 404, '404'])
      expect(thrownStatus(reason)).toBeUndefined();
  });
});

describe('the causes of an error', () => {
  const PERMANENT = failed('CERT_HAS_EXPIRED');
  const TRANSIENT = failed('ECONNREFUSED');
  const nested = (reason: unknown, depth: number): unknown =>
    depth === 1 ? reason : new Error('failed', { cause: nested(reason, depth - 1) });

  test('are followed five levels deep', () => {
    for (let depth = 1; depth <= 5; depth++) {
      expect(isPermanentNetworkFailure(nested(PERMANENT, depth))).toBe(true);
    }
    expect(isPermanentNetworkFailure(nested(PERMANENT, 6))).toBe(false);
  });

  test('may be circular', () => {
    const error = new Error('failed');
    error.cause = error;
    expect(isPermanentNetworkFailure(error)).toBe(false);
  });

  test('are read of an AggregateError too, and its list of errors is not', () => {
    expect(isPermanentNetworkFailure(new AggregateError([PERMANENT]))).toBe(false);
    const cause = new AggregateError([TRANSIENT], 'all failed', { cause: PERMANENT } as never);
    expect(isPermanentNetworkFailure(cause)).toBe(true);
  });

  const boom = (): never => {
    throw new Error('boom');
  };
  const { proxy: revoked, revoke } = Proxy.revocable([], {});
  revoke();
  test.each<[string, unknown]>([
    ['a proxy that throws', new Proxy({}, { get: boom, has: boom })],
    ['getters that throw', Object.defineProperty({}, 'code', { get: boom })],
    ['a revoked list of errors', { errors: revoked }],
    ['a name that cannot be text', { name: Object.create(null) as unknown }],
    ['a code that cannot be text', { code: { toString: boom } }],
    ['a symbol for a message', { message: Symbol('x') }],
  ])('may have %s', (_, reason) => expect(isPermanentNetworkFailure(reason)).toBe(false));

  test.prop([fc.anything()])('may be anything', (reason) => {
    expect(isPermanentNetworkFailure(reason)).toBe(false);
    expect(isPermanentNetworkFailure(new Error('failed', { cause: reason }))).toBe(false);
  });
});

describe('of real clients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const server = createServer((_, response) => response.end('"running"'));
  let origin = '';
  let ca = '';

  beforeAll(async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=tasks.test', '-addext', 'subjectAltName=DNS:tasks.test'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, '-nodes', ...subject, '-keyout', key, '-out', cert],
      { stdio: 'ignore' },
    );
    ca = readFileSync(cert, 'utf8');
    server.setSecureContext({ key: readFileSync(key), cert: ca });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await new Promise((resolve) => server.close(resolve));
  });

  const reasonOf = async (send: () => Promise<unknown>) =>
    send().then(
      () => expect.unreachable('an answer'),
      (error: unknown) => error,
    );

  /** Node's own client, which trusts the certificate and finds that it is for another host. */
  const nodeClient = () =>
    new Promise((resolve, reject) => {
      request(origin, { ca, agent: false }, resolve).on('error', reject).end();
    });

  test('a certificate that does not verify', async () => {
    for (const send of [() => fetch(origin), () => crossFetch(origin), nodeClient]) {
      expect(isPermanentNetworkFailure(await reasonOf(send))).toBe(true);
    }
  });

  test.each([1, 25, 6667, 10_080])('the blocked port %i', async (port) => {
    const reason = await reasonOf(() => fetch(`http://127.0.0.1:${port}`));
    expect(isPermanentNetworkFailure(reason)).toBe(true);
  });

  test.each<[string, string, RequestInit?]>([
    ['no URL', '/task'],
    ['a broken URL', 'http://['],
    ['another scheme', 'ftp://127.0.0.1'],
    ['a header name', 'http://127.0.0.1', { headers: { 'a b': 'c' } }],
    ['a line break in a header', 'http://127.0.0.1', { headers: { a: 'b\nc' } }],
    ['a control character in a header', 'http://127.0.0.1', { headers: { a: 'b\u0001c' } }],
    ['a character beyond Latin-1', 'http://127.0.0.1', { headers: { a: '€' } }],
    ['a method', 'http://127.0.0.1', { method: 'G ET' }],
    ['a body', 'http://127.0.0.1', { body: 'x' }],
  ])('a request that is refused for %s', async (_, url, init) => {
    for (const send of [fetch, crossFetch]) {
      expect(isPermanentNetworkFailure(await reasonOf(() => send(url, init)))).toBe(true);
    }
  });

  test.each<[string, RequestInit?]>([
    ['http://user:password@127.0.0.1'],
    ['http://127.0.0.1', { method: 'TRACE' }],
    ['http://127.0.0.1', { headers: { expect: '100-continue' } }],
  ])('a request that the platform refuses: %s %o', async (url, init) => {
    expect(isPermanentNetworkFailure(await reasonOf(() => fetch(url, init)))).toBe(true);
  });

  test('a refused connection and another protocol are transient', async () => {
    const plain = origin.replace('https', 'http');
    for (const send of [fetch, crossFetch]) {
      for (const url of [plain.replace('127.0.0.1', '127.1.2.3'), plain]) {
        expect(isPermanentNetworkFailure(await reasonOf(() => send(url)))).toBe(false);
      }
    }
  });
});
