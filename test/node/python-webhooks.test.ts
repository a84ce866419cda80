import { afterAll, beforeAll, describe, expect } from 'vitest';
import { verifyTaskWebhook } from 'rxjs-task-status/node';
import { canonicalJson } from '../../src/node/canonical-json.js';
import { jsonObjectText, jsonText } from '../support/json-text.js';
import { fc, test } from '../support/property.js';
import { hasPython, PythonSender, type PythonStyle } from '../support/python-sender.js';
import { CANONICAL } from './canonical-examples.js';

const STYLES: readonly PythonStyle[] = [
  {},
  { separators: [',', ':'] },
  { separators: [',', ':'], ensure_ascii: false },
  { separators: [',', ':'], sort_keys: true },
  { ensure_ascii: false },
  { indent: 2 },
  { indent: '\t', ensure_ascii: false },
];

/** Values of a webhook that Python and JavaScript write differently. */
const VALUES: readonly [name: string, text: string][] = [
  ['umlauts', '"Grüße aus Köln"'],
  ['an emoji', '"😀👩‍👩‍👧"'],
  ['floats', '[1.0,0.1,-0.0,3.14,100.0,1e-07,1.5e-05,123456789.123456789]'],
  ['exponents', '[1e16,1e+22,1E5,1e-5,2.5e-8,1.7976931348623157e308,5e-324]'],
  ['large integers', '[9007199254740993,-123456789012345678901234567890]'],
  ['keys that look like integers', '{"10":1,"9":2,"a":3,"01":4,"-1":5}'],
  ['nesting', `${'{"b":[1,{"a":'.repeat(100)}null${'}],"a":2}'.repeat(100)}`],
  ['keys that occur twice', '{"b":1,"a":2,"b":3,"a":4}'],
  ['keys beyond the Basic Multilingual Plane', '{"😀":1,"！":2,"\\ud83d":3,"é":4}'],
  ['control characters', String.raw`"\u0000\b\t\n\f\r\u001f\u007f\u0080\u2028\/"`],
];

/** What a change puts into a body. */
const CHARACTERS = Array.from('"\\{}[]:,01.-eE+u aéntf😀\n');

/** Python writes Infinity for a number such as 1e400, which is not JSON. */
const isJson = (body: string) => !/(?<![\w"])-?Infinity/.test(body);

describe.skipIf(!hasPython)('Python', () => {
  let python: PythonSender;
  beforeAll(() => {
    python = new PythonSender();
  });
  afterAll(() => python.stop());

  const { SECRET, TIMESTAMP } = PythonSender;
  const options = { scheduler: { now: () => TIMESTAMP * 1_000 } };
  const verify = (body: string, signature: string) =>
    verifyTaskWebhook(
      Buffer.from(body),
      {
        'x-browser-use-timestamp': String(TIMESTAMP),
        'x-browser-use-signature': signature,
      },
      SECRET,
      options,
    );

  /** The webhook that Python sends for a JSON text. */
  async function send(text: string, style?: PythonStyle) {
    const webhook = await python.send(text, style);
    if (webhook.error !== undefined) throw new Error(`${webhook.error} in ${text}`);
    return webhook;
  }

  test.each(CANONICAL)('prints the example that $name', async ({ text, canonical }) => {
    expect(await python.send(text)).toMatchObject({ canonical });
  });

  test.each(VALUES)('signs %s', async (_, value) => {
    const text = `{"type":"test","payload":{"task_id":"task_1","metadata":${value}}}`;
    for (const style of STYLES) {
      const { body, signature } = await send(text, style);
      // a half of a surrogate pair has no UTF-8: Python could not send it either
      if (/\p{Surrogate}/u.test(body)) continue;
      expect(await verify(body, signature)).toMatchObject({ taskId: 'task_1' });
    }
  });

  const runs = { numRuns: 500 };

  test.prop([jsonText], runs)('prints the canonical form of every JSON text', async (text) => {
    expect(canonicalJson(text)).toBe((await send(text)).canonical);
  });

  test.prop([jsonText, fc.constantFrom(...STYLES)], runs)(
    'prints the canonical form of what it writes in every style',
    async (text, style) => {
      const { body, canonical } = await send(text, style);
      fc.pre(isJson(body));
      expect(canonicalJson(body)).toBe(canonical);
    },
  );

  const sent = fc.tuple(jsonObjectText, fc.constantFrom(...STYLES.slice(0, 2)));

  test.prop([sent], runs)('signs webhooks that verify', async ([text, style]) => {
    const { body, signature } = await send(text, style);
    fc.pre(isJson(body));
    expect(await verify(body, signature)).toBeDefined();
  });

  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom('replace', 'insert', 'delete', 'swap'),
    fc.constantFrom(...CHARACTERS),
  );

  test.prop([sent, fc.array(change, { minLength: 1, maxLength: 3 })], runs)(
    'signs no other body: a changed one only verifies if its canonical form is the same',
    async ([text, style], changes) => {
      const { body, canonical, signature } = await send(text, style);
      const changed = changes.reduce(applyChange, body);
      const other = await python.send(changed);
      fc.pre(other.error !== undefined || other.canonical !== canonical);
      expect(await verify(changed, signature)).toBeUndefined();
    },
  );
});

function applyChange(text: string, [place, kind, character]: [number, string, string]): string {
  const at = place % (text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (kind) {
    case 'replace':
      return before + character + after.slice(1);
    case 'insert':
      return before + character + after;
    case 'delete':
      return before + after.slice(1);
    default:
      return before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2);
  }
}
