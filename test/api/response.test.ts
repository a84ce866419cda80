import { describe, expect } from 'vitest';
import {
  HttpStatusError,
  TaskValidationError,
  UnexpectedResponseError,
} from '../../src/api/errors.js';
import { readStatus, responseError, type StatusResponse } from '../../src/api/response.js';
import { browserUseV1, browserUseV4, TASK_STATUSES } from '../../src/api/browser-use.js';
import { type TaskApi } from '../../src/api/task-api.js';
import { fc, test } from '../support/property.js';

const FACTS = { taskId: 'task_1', attempts: 1, elapsed: 0 };
const LIMIT = 65_536;

const response = (status: number, body: string) => ({ status, body, headers: { get: () => null } });

/** The error for an answer that is not a known status. */
const errorOf = (code: number, text: string, redact = (whole: string): string => whole) => {
  const answer = response(code, text);
  const reading = readStatus(UNKNOWN, answer);
  if (reading.isKnown) throw new Error('a known status is not an error');
  return responseError(answer, reading, FACTS, redact);
};

/** An API that knows no word. */
const UNKNOWN: TaskApi<string> = { ...browserUseV1, statuses: [], terminal: [], successful: [] };

const wordOf = (api: TaskApi<string>, answer: StatusResponse): string | undefined => {
  const reading = readStatus(api, answer);
  return reading.isKnown ? reading.status : reading.unknownWord;
};
const isTransient = (answer: StatusResponse): boolean => {
  const reading = readStatus(browserUseV1, answer);
  return !reading.isKnown && reading.transient;
};

const space = fc
  .array(fc.constantFrom(' ', '\t', '\n', '\r'), { maxLength: 5 })
  .map((all) => all.join(''));
const success = fc.integer({ min: 200, max: 299 }).filter((status) => status !== 204);
const body = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '"running"', '"', '{', '<html>'));
const status = fc.oneof(
  fc.integer({ min: 0, max: 999 }),
  fc.constantFrom(200, 204, 404, 408, 422, 425, 429, 500),
);

function isJson(text: string): boolean {
  try {
    JSON.parse(text.trim());
    return true;
  } catch {
    return false;
  }
}

describe('a status', () => {
  test.prop([fc.string(), space, space, success])(
    'is read from a JSON string with any white space around it',
    (word, before, after, code) => {
      expect(wordOf(browserUseV1, response(code, before + JSON.stringify(word) + after))).toBe(
        word,
      );
    },
  );

  test.prop([fc.constantFrom(...TASK_STATUSES)])('is read after a byte order mark', (word) => {
    expect(wordOf(browserUseV1, response(200, `\u{feff}${JSON.stringify(word)}`))).toBe(word);
  });

  test.prop([fc.jsonValue()])('is read only from JSON that is a string', (json) => {
    const word = wordOf(browserUseV1, response(200, JSON.stringify(json)));
    expect(word).toBe(typeof json === 'string' ? json : undefined);
  });

  test.prop([fc.jsonValue()])('is read by api.status()', (json) => {
    const word = wordOf(browserUseV4, response(200, JSON.stringify({ status: json })));
    expect(word).toBe(typeof json === 'string' ? json : undefined);
  });

  test.prop([fc.jsonValue()])(
    'is not found if api.status() throws, and nothing is thrown',
    (json) => {
      const api = {
        ...browserUseV1,
        status: (value: unknown): unknown => (value as { deep: { deeper: string } }).deep.deeper,
      };
      expect(wordOf(api, response(200, JSON.stringify(json)))).toBeUndefined();
    },
  );

  test.prop([status, fc.integer({ min: LIMIT - 2, max: LIMIT + 2 })])(
    'is read from any 2xx but 204, of at most 65,536 characters',
    (code, length) => {
      const word = wordOf(browserUseV1, response(code, '"running"'.padEnd(length)));
      const fits = code >= 200 && code < 300 && code !== 204 && length <= LIMIT;
      expect(word).toBe(fits ? 'running' : undefined);
    },
  );
});

describe('an answer is transient', () => {
  test.prop([status, body])('exactly as the contract lists', (code, text) => {
    const transient =
      code >= 200 && code < 300
        ? code !== 204 && text.length <= LIMIT && !isJson(text)
        : [408, 425, 429].includes(code) || (code >= 500 && code < 600);
    expect(isTransient(response(code, text))).toBe(transient);
  });

  test.each([499, 500, 599, 600])(
    'with a status from 500 to 599, and with none beside: %i',
    (code) => {
      expect(isTransient(response(code, ''))).toBe(code === 500 || code === 599);
    },
  );

  test('but not if api.status() throws for its JSON', () => {
    const status = (): never => {
      throw new TypeError('no state');
    };
    expect(readStatus({ ...browserUseV1, status }, response(200, '{}'))).toMatchObject({
      isKnown: false,
      transient: false,
    });
  });

  test('but not if its body is too long, although it is not JSON', () => {
    expect(isTransient(response(200, '<'.repeat(LIMIT + 1)))).toBe(false);
    expect(isTransient(response(200, '<'.repeat(LIMIT)))).toBe(true);
  });
});

describe('the error', () => {
  const CODES: Readonly<Record<number, string>> = {
    401: 'unauthorized',
    403: 'unauthorized',
    404: 'not-found',
    422: 'invalid',
    429: 'rate-limited',
  };

  test.prop([status, body])(
    'has its class, and at most 200 characters of the body',
    (code, text) => {
      const error = errorOf(code, text);
      expect(error).toMatchObject({ ...FACTS, status: code });
      if (code >= 200 && code < 300) {
        expect(error).toBeInstanceOf(UnexpectedResponseError);
        expect(error).toMatchObject({ code: 'unexpected-response', body: text.slice(0, 200) });
      } else {
        expect(error).toBeInstanceOf(HttpStatusError);
        expect(error.code).toBe(CODES[code] ?? 'http');
      }
      expect(error.message).toMatch(/task "task_1"/i);
    },
  );

  test.prop([status.filter((code) => code < 200 || code > 299), fc.string()])(
    'shows the detail if it is a string',
    (code, detail) => {
      expect(errorOf(code, JSON.stringify({ detail }))).toMatchObject({ detail });
    },
  );

  test('tells the whole detail, however long', () => {
    const detail = 'The task was removed. '.repeat(50);
    expect(errorOf(404, JSON.stringify({ detail }))).toMatchObject({ detail });
    const issue = { loc: ['path', 0], msg: detail, type: 'value_error' };
    expect(errorOf(422, JSON.stringify({ detail: [issue] }))).toMatchObject({
      detail,
      issues: [issue],
    });
  });

  test('tells the body, if issues come with another status than 422', () => {
    const text = '{"detail":[{"loc":["path"],"msg":"not a task id","type":"value_error"}]}';
    expect(errorOf(400, text)).toMatchObject({ detail: text });
  });

  test.prop([fc.constantFrom(400, 404, 500), fc.jsonValue()])(
    'shows the body if there is no detail',
    (code, detail) => {
      fc.pre(typeof detail !== 'string');
      const text = JSON.stringify({ detail });
      expect(errorOf(code, text)).toMatchObject({ detail: text.slice(0, 200) });
    },
  );
});

describe('the issues of a 422', () => {
  const step = fc.oneof(fc.string(), fc.integer());
  const issue = fc.record({ loc: fc.array(step), msg: fc.string(), type: fc.string() });
  const more = fc.record({ input: fc.jsonValue(), url: fc.webUrl() }, { requiredKeys: [] });
  const other = fc.oneof(
    fc.jsonValue().filter((json) => !(typeof json === 'object' && json && 'loc' in json)),
    fc.record({
      loc: fc.constantFrom('path', null, [null], [{}], [true]),
      msg: fc.string(),
      type: fc.string(),
    }),
    fc.record({ loc: fc.array(step), msg: fc.constantFrom(1, null), type: fc.string() }),
    fc.record({ loc: fc.array(step), msg: fc.string() }),
  );
  const entry = fc.oneof(
    fc
      .tuple(issue, more)
      .map(([given, extra]) => ({ sent: { ...extra, ...given }, kept: [given] })),
    other.map((sent) => ({ sent, kept: [] })),
  );

  test.prop([fc.array(entry)])(
    'are the entries of the documented shape, without further fields',
    (entries) => {
      const text = JSON.stringify({ detail: entries.map(({ sent }) => sent) });
      const error = errorOf(422, text);
      const issues = entries.flatMap(({ kept }) => kept);
      expect(error).toBeInstanceOf(TaskValidationError);
      expect(error).toMatchObject({
        issues: JSON.parse(JSON.stringify(issues)) as unknown,
        detail: issues.length > 0 ? issues.map(({ msg }) => msg).join('; ') : text.slice(0, 200),
      });
    },
  );

  test.prop([body])('are empty if the body has none', (text) => {
    fc.pre(!text.includes('detail'));
    expect(errorOf(422, text)).toMatchObject({ issues: [], detail: text.slice(0, 200) });
  });
});

test('the issues of a 422 are redacted, except for other numbers of loc', () => {
  const text = '{"detail":[{"loc":["secret",1,12345678],"msg":"secret","type":"secret"}]}';
  const redact = (shown: string): string => shown.replace(/secret|12345678/g, '***');
  expect(errorOf(422, text, redact)).toMatchObject({
    issues: [{ loc: ['***', 1, '***'], msg: '***', type: '***' }],
  });
});

describe('the problem of a 2xx', () => {
  test.each([
    ['finished', 'a body that is not JSON'],
    ['<html>', 'a body that is not JSON'],
    ['', 'an empty body'],
    [' ', 'an empty body'],
    ['"archived"', 'a body that is not a known status'],
    ['{"status":"running"}', 'a body that is not a known status'],
    [`"${'x'.repeat(LIMIT)}"`, 'a body that is too long, over 65536 bytes'],
  ])('%s', (text, problem) => {
    expect(errorOf(200, text).message).toMatch(
      `The server answered 200 for task "task_1" with ${problem}`,
    );
  });

  test('a 204 has no body', () => {
    expect(errorOf(204, '').message).toBe('The server answered 204 for task "task_1" with no body');
  });

  test.each([10, 1_000_000])(
    'a body over the bodyLimit of the API is too long: %i',
    (bodyLimit) => {
      const api = { ...browserUseV1, bodyLimit };
      const longest = '"running"'.padEnd(bodyLimit);
      expect(wordOf(api, response(200, longest))).toBe('running');
      expect(wordOf(api, response(200, `${longest} `))).toBeUndefined();
    },
  );
});
