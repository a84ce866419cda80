import fc from 'fast-check';

// JSON texts in every notation that the grammar allows, as strings.

const whiteSpace = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 }),
  },
);

const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  // as other languages print it
  fc
    .tuple(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom('e', 'E', 'e+0', 'E-'),
      fc.nat({ max: 20 }),
    )
    .map(([value, sign, exponent]) => value.toExponential().replace(/e.*/, `${sign}${exponent}`)),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?$/),
  fc.constantFrom('-0', '-0.0', '0e0', '1.0', '1E5', '1e400', '-1e400', '1e-400', '5e-324'),
  // around the numbers at which the notation changes
  fc
    .tuple(fc.constantFrom(1, 9.5, 9.999999999999998, 1.2345), fc.integer({ min: -8, max: 23 }))
    .map(([digits, exponent]) => `${digits}e${exponent}`),
);

const character = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  // around the surrogates and the ends of ASCII, and a half of a pair
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['\0', '\x1f', ' ', '"', '\\', '/', '\b', '\n', '~', '\x7f', '\x80', '\ud7ff', '\ue000'],
      ...['\uffff', '😀', '😁', '\ud83d', '\ude00', 'a', 'b', '1'],
    ),
  },
);

const SHORT: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
};

/** A character of a JSON string: as it is, or with one of its escapes. */
const notation = fc
  .tuple(character, fc.constantFrom('plain', 'short', 'lower', 'upper'))
  .map(([text, form]) => {
    const short = SHORT[text];
    if (form === 'short' && short !== undefined) return `\\${short}`;
    // half of a surrogate pair is not a character: a text can only contain its escape
    const mustEscape = text < ' ' || /["\\\p{Surrogate}]/u.test(text);
    if (form === 'plain' && !mustEscape) return text;
    const escape = Array.from({ length: text.length }, (_, index) =>
      text.charCodeAt(index).toString(16).padStart(4, '0'),
    ).map((hex) => `\\u${form === 'upper' ? hex.toUpperCase() : hex}`);
    return escape.join('');
  });

const string = fc.array(notation, { maxLength: 8 }).map((units) => `"${units.join('')}"`);

/** Only a few, so that keys repeat. */
const key = fc.oneof(
  string,
  fc.constantFrom('""', '"a"', String.raw`"\u0061"`, '"ab"', '"1"', '"10"', '"2"', '"-1"', '"1.0"'),
  fc.constantFrom('"__proto__"', '"toJSON"', '"n1"', '"s"', '"é"', '"！"', '"😀"', '"payload"'),
);

/** A JSON text. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => {
  const item = fc.tuple(whiteSpace, tie('value'), whiteSpace).map((parts) => parts.join(''));
  const member = fc
    .tuple(whiteSpace, key, whiteSpace, item)
    .map(([before, name, after, value]) => `${before}${name}${after}:${value}`);
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 2, arbitrary: number },
      { weight: 2, arbitrary: string },
      { weight: 1, arbitrary: fc.constantFrom('true', 'false', 'null', '[ ]', '{\n}') },
      { weight: 2, arbitrary: fc.array(item, { maxLength: 4 }).map((all) => `[${all.join(',')}]`) },
      {
        weight: 4,
        arbitrary: fc.array(member, { maxLength: 6 }).map((all) => `{${all.join(',')}}`),
      },
    ),
  };
}).value;

/** A JSON text of an object. */
export const jsonObjectText: fc.Arbitrary<string> = fc
  .array(fc.tuple(key, jsonText), { maxLength: 6 })
  .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`);
