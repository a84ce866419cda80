import { describe, expect } from 'vitest';
import {
  HttpStatusError,
  TaskValidationError,
  UnexpectedResponseError,
} from '../../src/api/errors.js';
import { readStatus, responseError, type StatusResponse } from '../../src/api/response.js';
import { browserUseV1, browserUseV4, TASK_STATUSES, type TaskApi } from '../../src/api/task-api.js';
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

describe('a word', () => {
  test.prop([fc.string(), space, space, success])(
    'is a JSON string, whatever white space is around it',
    (word, before, after, code) => {
      expect(wordOf(browserUseV1, response(code, before + JSON.stringify(word) + after))).toBe(
        word,
      );
    },
  );

  test.prop([fc.constantFrom(...TASK_STATUSES)])('may follow a byte order mark', (word) => {
    expect(wordOf(browserUseV1, response(200, `\u{feff}${JSON.stringify(word)}`))).toBe(word);
  });

  test.prop([fc.jsonValue()])('is nothing but a string', (json) => {
    const word = wordOf(browserUseV1, response(200, JSON.stringify(json)));
    expect(word).toBe(typeof json === 'string' ? json : undefined);
  });

  test.prop([fc.jsonValue()])('of an API that wraps it is what it wraps', (json) => {
    const word = wordOf(browserUseV4, response(200, JSON.stringify({ status: json })));
    expect(word).toBe(typeof json === 'string' ? json : undefined);
  });

  test.prop([fc.jsonValue()])('is never found by throwing', (json) => {
    const api = {
      ...browserUseV1,
      status: (value: unknown): unknown => (value as { deep: { deeper: string } }).deep.deeper,
    };
    expect(wordOf(api, response(200, JSON.stringify(json)))).toBeUndefined();
  });

  test.prop([status, fc.integer({ min: LIMIT - 2, max: LIMIT + 2 })])(
    'comes with 2xx but 204, in at most 65,536 characters',
    (code, length) => {
      const word = wordOf(browserUseV1, response(code, '"running"'.padEnd(length)));
      const fits = code >= 200 && code < 300 && code !== 204 && length <= LIMIT;
      expect(word).toBe(fits ? 'running' : undefined);
    },
  );
});

describe('asking again may mend', () => {
  test.prop([status, body])('what the contract says, and nothing else', (code, text) => {
    const transient =
      code >= 200 && code < 300
        ? code !== 204 && text.length <= LIMIT && !isJson(text)
        : [408, 425, 429].includes(code) || (code >= 500 && code < 600);
    expect(isTransient(response(code, text))).toBe(transient);
  });

  test.each([499, 500, 599, 600])('of the statuses from 500 to 599: %i', (code) => {
    expect(isTransient(response(code, ''))).toBe(code === 500 || code === 599);
  });

  test('not an answer in which the API looks for what is not there', () => {
    const status = (): never => {
      throw new TypeError('no state');
    };
    expect(readStatus({ ...browserUseV1, status }, response(200, '{}'))).toMatchObject({
      isKnown: false,
      transient: false,
    });
  });

  test('not a body without end, though it is no JSON', () => {
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
    'is of its class, with at most 200 characters of a body',
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
    'tells the detail, if it is a string',
    (code, detail) => {
      expect(errorOf(code, JSON.stringify({ detail }))).toMatchObject({ detail });
    },
  );

  test.prop([fc.constantFrom(400, 404, 500), fc.jsonValue()])(
    'tells the body, if the detail is none',
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
    'are the entries of its shape, without what is more in them',
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

  test.prop([body])('are none where the body has none', (text) => {
    fc.pre(!text.includes('detail'));
    expect(errorOf(422, text)).toMatchObject({ issues: [], detail: text.slice(0, 200) });
  });
});

test('of a place in what was asked, secrets are replaced and other numbers stay', () => {
  const said = '{"detail":[{"loc":["secret",1,12345678],"msg":"secret","type":"secret"}]}';
  const redact = (text: string): string => text.replace(/secret|12345678/g, '***');
  expect(errorOf(422, said, redact)).toMatchObject({
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

  test.each([10, 1_000_000])('too long is what the API says: %i', (bodyLimit) => {
    const api = { ...browserUseV1, bodyLimit };
    const longest = '"running"'.padEnd(bodyLimit);
    expect(wordOf(api, response(200, longest))).toBe('running');
    expect(wordOf(api, response(200, `${longest} `))).toBeUndefined();
  });
});
