import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { slug } from '../../docs/.vitepress/slug.js';

const REFERENCE = 'docs/api';
const INDEX = 'README.md';

/** Types of TypeScript, of the platform and of peer dependencies, which the reference does not explain. */
const FOREIGN = new Set(
  `Array ArrayBufferLike AsyncIterable Error Exclude Iterable NoInfer Omit Partial Pick Promise PromiseLike
  RangeError Readonly Record RegExp Symbol TypeError Uint8Array
  AbortSignal Request Response URL
  EventEmitter IncomingMessage ServerResponse
  MonoTypeOperatorFunction Observable ObservableInput OperatorFunction SchedulerLike Subscribable
  TimestampProvider
  EnvironmentProviders HttpBackend HttpClient HttpContext Injector Provider Signal
  ArgumentsHost DynamicModule MessageEvent ParameterDecorator PropertyDecorator
  Redis RedisOptions`.split(/\s+/),
);

/** Types that the source contains: a class of Nest allows any property, axios any headers. */
const WRITTEN = ['[key: string]: any\n', '`object`'];

const pages = new Map(
  readdirSync(REFERENCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, readFileSync(join(REFERENCE, path), 'utf8')]),
);
const entries = [...pages].filter(([path]) => path !== INDEX);

/** The exports of all entry points. */
const exported = new Set(
  entries.flatMap(([, page]) =>
    [...page.matchAll(/^### (?:`abstract` )?(.*?)(?:\(\))?$/gm)].map(([, name]) =>
      name?.replaceAll('\\', ''),
    ),
  ),
);

/** The code blocks below headings and descriptions, except examples. */
function signatures(page: string): string[] {
  return [...page.matchAll(/^(#+ .*)\n\n```ts\n([^]*?)^```$/gm)]
    .filter(([, heading]) => !heading?.endsWith(' Example'))
    .map(([, , code = '']) => code);
}

/** The cells of tables that contain only a type. */
function typeCells(page: string): string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cell) => cell.replaceAll(/<a id="[^"]*"><\/a>/g, '').trim())
    .filter((cell) =>
      /^(\[?`[^`]*`(\]\([^)]*\))?|readonly|_\w+_|[\s\\|<>(),:=&{};[\].?])+$/.test(cell),
    );
}

/** The ids of the headings of a page, with their texts. */
function headings(page: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, text = ''] of page.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)) {
    const base = slug(text);
    let id = base;
    for (let copy = 1; found.has(id); copy++) id = `${base}-${copy}`;
    found.set(id, text);
  }
  return found;
}

test.each(entries)('%s is named after what is imported', (path, page) => {
  const [, title = ''] = /^# (.*)$/m.exec(page) ?? [];
  expect(page).toContain(`\n\`import … from '${title}'\`: `);
  expect(pages.get(INDEX)).toContain(`[\`${title}\`](${path})`);
});

test.each(entries)('%s has signatures and types', (_, page) => {
  expect(signatures(page).length).toBeGreaterThan(0);
  expect(typeCells(page).length).toBeGreaterThan(0);
});

test.each(entries)('%s shows each type, not any, object or a function without types', (_, page) => {
  const types = [...signatures(page), ...typeCells(page)];
  const lost = types.filter((type) =>
    /\bany\b|(?<![.'"])\bobject\b|__type|\.\.\. *\}|\(`\w+\??`[,)]|\((\w+\??)(, \w+\??)*\)(:| =>)/.test(
      type,
    ),
  );
  expect(lost.filter((type) => !WRITTEN.includes(type))).toEqual([]);
});

test.each(entries)('%s uses only types that are explained', (_, page) => {
  const names = [
    ...signatures(page).flatMap((code) =>
      [...code.replaceAll(/'[^']*'|"[^"]*"/g, '').matchAll(/\b[A-Z]\w*\b/g)].map(([name]) => name),
    ),
    ...typeCells(page).flatMap((cell) =>
      [...cell.matchAll(/(?<!\[)`([A-Z]\w*)`/g)].map(([, name = '']) => name),
    ),
  ];
  const unknown = names.filter(
    (name) => !/^[A-Z]$/.test(name) && !exported.has(name) && !FOREIGN.has(name),
  );
  expect([...new Set(unknown)]).toEqual([]);
});

test.each(entries)('the links of %s lead to what they name', (path, page) => {
  const wrong = [...page.matchAll(/\[`?([\w$]+)`?\]\(([^)#\s]*)#([^)\s]+)\)/g)].filter(
    ([, name = '', file = '', id = '']) => {
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      const text = headings(pages.get(target) ?? '').get(id);
      const heading = text?.replaceAll(/`abstract` |\\|\(\)/g, '');
      return heading !== (name === 'constructor' ? 'Constructor' : name);
    },
  );
  expect(wrong.map(([link]) => link)).toEqual([]);
});
