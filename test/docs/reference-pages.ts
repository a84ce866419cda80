import { posix } from 'node:path';
import { TASK_STATUSES } from 'rxjs-task-status';
import { slug } from '../../docs/.vitepress/slug.js';

/** Pages by their path in the folder of the reference. */
export type Pages = ReadonlyMap<string, string>;

const PACKAGE = 'rxjs-task-status';
const INDEX = 'README.md';
const MAIN = 'index.md';

/** The union that TypeScript makes of `TaskStatus`, in code and in text. */
const STATUSES = TASK_STATUSES.map((status) => `"${status}"`);
const STATUSES_IN_CODE = new RegExp(`(\\|\\s*)?${STATUSES.join('\\s*\\|\\s*')}`, 'g');
const STATUSES_IN_TEXT = new RegExp(
  `(\\\\\\|\\s*)?${STATUSES.map((status) => `\`${status}\``).join('\\s*\\\\\\|\\s*')}`,
  'g',
);

/**
 * Completes what TypeDoc has written: the title of a page is the name that is imported, the page of all
 * entry points says what each is for, and links lead to the ids that headings have on GitHub.
 *
 * @param written with an id of TypeDoc at the end of each heading that is linked: `## Name {#id}`
 */
export function completePages(written: Pages): Pages {
  return completeLinks(new Map([...written].map(([path, page]) => [path, nameSymbols(page)])));
}

/** TypeDoc shows `Symbol.dispose` as `dispose`. */
function nameSymbols(page: string): string {
  return page.replaceAll(/\[(?=(dispose|asyncDispose)\\?\])/g, '[Symbol.');
}

function completeLinks(written: Pages): Pages {
  const headings = new Map([...written].map(([path, page]) => [path, readHeadings(page)]));
  const pages = new Map<string, string>();
  for (const [path, page] of written) {
    const linked = page
      .replaceAll(/^(#+ .*?) \{#[^}]*\}$/gm, '$1')
      .replaceAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g, (link, file: string, id: string) => {
        const target = file === '' ? path : posix.join(posix.dirname(path), file);
        return `](${file}#${headings.get(target)?.ids.get(id) ?? id})`;
      });
    const main = path === MAIN ? '' : posix.relative(posix.dirname(path), MAIN);
    const taskStatus = `${main}#${headings.get(MAIN)?.names.get('TaskStatus') ?? ''}`;
    pages.set(path, nameTypes(linked, taskStatus).replace(/^# .*$/m, `# ${titleOf(path)}`));
  }
  if (pages.has(INDEX)) pages.set(INDEX, indexOf(pages));
  return pages;
}

/** The name that is imported. */
function titleOf(path: string): string {
  const name = path.replace(/\.md$/, '');
  return name === 'index' ? PACKAGE : `${PACKAGE}/${name}`;
}

function indexOf(pages: Pages): string {
  const entries = [...pages.keys()].filter((path) => path !== INDEX);
  // the main entry point first
  entries.sort((a, b) => Number(b === MAIN) - Number(a === MAIN) || (a < b ? -1 : 1));
  const rows = entries.map((path) => {
    const [, purpose] =
      /^`import … from '[^']*'`: ([^]*?)\.\n\n/m.exec(pages.get(path) ?? '') ?? [];
    if (purpose === undefined) throw new Error(`${path} does not say what the entry point is for`);
    return `| [\`${titleOf(path)}\`](${path}) | ${purpose.replaceAll('\n', ' ')} |`;
  });
  return [
    '# API reference\n',
    'Each entry point of the package has a page: functions, variables, interfaces, types, classes.\n',
    '| Import | Contains |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/**
 * Shows types as the source names them: `TaskStatus` and `boolean` without their members, and `S` for
 * `NotInferred<S>`, which only tells TypeScript where not to infer it.
 */
function nameTypes(page: string, taskStatus: string): string {
  return page
    .replaceAll(/`NotInferred`\\<(.*?)\\>(?!\\>)/g, '$1')
    .replaceAll(/NotInferred<(\w+)>/g, '$1')
    .replaceAll(/`false` \\\| `true`/g, '`boolean`')
    .replaceAll(STATUSES_IN_CODE, 'TaskStatus')
    .replaceAll(STATUSES_IN_TEXT, `[\`TaskStatus\`](${taskStatus})`);
}

/** The ids that headings have on GitHub, by the ids of TypeDoc and by their texts. */
interface Headings {
  readonly ids: ReadonlyMap<string, string>;
  readonly names: ReadonlyMap<string, string>;
}

function readHeadings(page: string): Headings {
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  const taken = new Set<string>();
  // not the lines of code blocks
  for (const [, text = '', id] of page
    .replaceAll(/^```[^]*?^```/gm, '')
    .matchAll(/^#+ (.*?)(?: \{#([^}]*)\})?$/gm)) {
    const base = slug(text);
    let unique = base;
    for (let copy = 1; taken.has(unique); copy++) unique = `${base}-${copy}`;
    taken.add(unique);
    names.set(text, unique);
    if (id !== undefined) ids.set(id, unique);
  }
  return { ids, names };
}
