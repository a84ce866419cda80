import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';
import { slug } from './slug.js';

/** The folder of the pages that show files of the repository. */
const FOLDER = 'repository';

/** On the site, `docs/index.md` is the overview. Links to a section lead to the file itself. */
const OVERVIEW = 'README.md';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that are not in the repository. */
const IGNORED = /(^|[\\/])(node_modules|dist|\.\w+)([\\/]|$)/;

/** The language of a file whose extension does not name it. */
const LANGUAGES: Partial<Record<string, string>> = { '.mjs': 'js', '.svg': 'xml', '': 'docker' };

/** Lets links to files that are not pages, such as examples, lead to pages that show these files. */
export function linkRepository(md: MarkdownRenderer): void {
  md.core.ruler.push('link-repository', ({ tokens, env }) => {
    const page = pageOf(env);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null && isRelative(href)) token.attrSet('href', onSite(href, page));
      const image = token.type === 'image' ? token.attrGet('src') : null;
      if (image !== null && isRelative(image)) token.attrSet('src', imageOnSite(image, page));
    }
  });
}

/** The pages that show what the other pages link to. */
export function repositoryPages(): { params: { path: string }; content: string }[] {
  // these two become pages as they are
  const shown = [OVERVIEW, 'CHANGELOG.md'].map((path) => `${FOLDER}/${path}`);
  const linked = [...pageFiles(), ...shown].flatMap((page) =>
    [...read(inRepository(posix.basename(page), page)).matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)]
      .map(([, href = '']) => href)
      .filter(isRelative)
      .map((href) => inRepository(href, page))
      .filter((path) => !isPage(path) && !isImage(path))
      .filter((path) => existsSync(join(root, path)))
      .map((path) => shownBy(path)),
  );
  return [...new Set(linked)].map((path) => ({
    params: { path: path.replace(/\.md$/, '') },
    content: isDocument(path) ? read(path) : sources(path),
  }));
}

/** The files in `docs/` that are pages. */
export function pageFiles(): string[] {
  return readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => isPage(`docs/${file}`))
    .sort();
}

function isPage(path: string): boolean {
  return /^docs\/(?!examples\/|api-report\/|repository\/|\.)(?!.*node_modules).*\.md$/.test(path);
}

/** Whether a file can be a page as it is. */
function isDocument(path: string): boolean {
  return path.endsWith('.md') && read(path).startsWith('# ');
}

function isImage(path: string): boolean {
  return /\.(png|svg)$/.test(path);
}

function isRelative(href: string): boolean {
  return !/^([a-z][\w+.-]*:|\/|#)/i.test(href);
}

/** The path in the repository that a link leads to. */
function inRepository(href: string, page: string): string {
  const folder = page.startsWith(`${FOLDER}/`)
    ? posix.dirname(page.slice(FOLDER.length + 1))
    : posix.join('docs', posix.dirname(page));
  return posix.join(folder, href).replace(/\/$/, '');
}

/** Where a relative link of a page leads on the site. */
function onSite(href: string, page: string): string {
  const [file = '', ...fragment] = href.split(/(?=#)/);
  const path = inRepository(file, page);
  if (path === OVERVIEW && fragment.length === 0) return '/index.md';
  if (isPage(path)) return [path.slice('docs'.length), ...fragment].join('');
  if (isImage(path)) return href;
  const shown = shownBy(path);
  const within = path.slice(shown.length + 1);
  const anchor = within === '' ? fragment.join('') : `#${slug(within)}`;
  return `/${FOLDER}/${shown.replace(/\.md$/, '')}.html${anchor}`;
}

function imageOnSite(src: string, page: string): string {
  const folder = posix.join('docs', posix.dirname(page));
  return `./${posix.relative(folder, inRepository(src, page))}`;
}

/** The path whose page shows a path: an example is shown with the other files of its folder. */
function shownBy(path: string): string {
  return /^docs\/examples\/[^/]+/.exec(path)?.[0] ?? path;
}

function sources(path: string): string {
  const files = filesOf(path);
  const list = files.map((file) => `- [\`${file}\`](#${slug(file)})`).join('\n');
  const shown = files.map((file) => `## ${file}\n\n${block(posix.join(path, file))}`);
  return files.length === 0
    ? `# ${path}\n\n${block(path)}`
    : [`# ${path}`, list, ...shown].join('\n\n');
}

/** The files in a folder, without those of tools; none for a file. */
function filesOf(path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      posix.relative(path, posix.join(entry.parentPath.slice(root.length), entry.name)),
    )
    .filter((file) => !IGNORED.test(file))
    .sort();
}

function block(path: string): string {
  const extension = path === 'LICENSE' ? '.txt' : extname(path);
  // the file may contain code blocks
  const fence = '`'.repeat(8);
  return `${fence}${LANGUAGES[extension] ?? extension.slice(1)}\n${read(path).trimEnd()}\n${fence}`;
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function pageOf(env: unknown): string {
  const isEnv = typeof env === 'object' && env !== null && 'relativePath' in env;
  return isEnv && typeof env.relativePath === 'string' ? env.relativePath : '';
}
