import { describe, expect } from 'vitest';
import { createRedactor } from '../../src/api/redact.js';
import { redactJson } from '../../src/proxy/redact-json.js';
import { fc, test } from '../support/property.js';

const KEY = 'bu_51f0c8e2a9b7d64e';
const redaction = {
  redact: createRedactor({ apiKeys: [KEY], headers: {} }),
  secretLength: KEY.length,
};

/** More than one piece. */
const LONG = 700_000;

describe('JSON that is longer than a piece', () => {
  test('is not changed without a secret', () => {
    const text = JSON.stringify({ output: 'a line\n'.repeat(LONG / 8) });
    expect(redactJson(text, redaction)).toBe(text);
  });

  // around the first cut, and around the next ones
  test.prop(
    [fc.array(fc.integer({ min: 0, max: LONG }), { minLength: 1, maxLength: 3 }), fc.boolean()],
    {
      numRuns: 20,
      examples: [[[262_144, 263_056, 525_000], true]],
    },
  )('has no secret, wherever it is', (places, escaped) => {
    const secret = escaped ? KEY.replaceAll('_', '\\u005f') : KEY;
    let text = 'x'.repeat(LONG);
    // not nested
    for (const place of places.map((it) => it - (it % 100)).sort((a, b) => b - a))
      text = text.slice(0, place) + secret + text.slice(place);
    const shown = redactJson(`"${text}"`, redaction);
    expect(shown).not.toContain('51f0c8e2a9b7d64e');
    expect(shown?.replaceAll('***', '').length).toBeLessThanOrEqual(LONG + 2);
  });

  test('may consist of secrets', () => {
    expect(redactJson(`"${KEY.repeat(LONG / 20)}"`, redaction)).toBe('"***"');
  });
});

test('a text that is not JSON is rejected', () => {
  for (const text of ['', ' ', '<p>', '"a', 'undefined', '{"a":1}}']) {
    expect(redactJson(text, redaction)).toBeUndefined();
  }
});
