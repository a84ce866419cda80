import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

/** The pages that show examples. */
export const PAGES = [
  'README.md',
  ...[
    ...['start', 'progress', 'stop', 'errors', 'learned', 'node', 'recipes', 'other-apis', 'pool'],
    ...['browser', 'security', 'testing', 'comparison'],
  ].map((page) => `docs/${page}.md`),
];

const REGION = /^\/\/ #region recipe\n(.*?)^\/\/ #endregion$/ms;
const PLACE =
  /^<!-- (?<path>(?:docs\/examples|test\/docs|test\/toolchains)\/\S+\.(?<language>js|tsx?|vue|svelte)) -->\n(?:\n```[a-z]+\n[^]*?\n```\n)?(?:\nprints\n\n```text\n[^]*?\n```\n)?/gm;

/**
 * Inserts the recipe of a file below each comment `<!-- docs/examples/….ts -->` of a page. The rest of
 * the file, if there is any, runs the recipe; its output is inserted too.
 */
export async function embed(page: string): Promise<string> {
  let result = page;
  for (const place of page.matchAll(PLACE)) {
    const path = place.groups?.['path'] ?? '';
    const { recipe, rest } = await partsOf(path);
    // a test for another test runner does not run here
    const runs = rest !== '' && !path.startsWith('test/toolchains/');
    const printed = runs && (await outputOf(path));
    const language = place.groups?.['language'] ?? '';
    const block = [
      `<!-- ${path} -->\n\n\`\`\`${language}\n${recipe}\n\`\`\`\n`,
      ...(printed ? [`\nprints\n\n\`\`\`text\n${printed}\n\`\`\`\n`] : []),
    ].join('');
    result = result.replace(place[0], () => block);
  }
  return result;
}

async function partsOf(path: string): Promise<{ recipe: string; rest: string }> {
  const text = await readFile(path, 'utf8');
  // a component is shown whole
  if (/\.(vue|svelte)$/.test(path)) return { recipe: text.trim(), rest: '' };
  const [all, recipe] = REGION.exec(text) ?? [];
  if (all === undefined || recipe === undefined) throw new Error(`${path} has no region "recipe"`);
  return { recipe: recipe.trim(), rest: text.replace(all, '').trim() };
}

const outputs = new Map<string, string>();

/** What a program prints while it is imported. Each is imported once. */
export async function outputOf(path: string): Promise<string> {
  const known = outputs.get(path);
  if (known !== undefined) return known;
  const lines: string[] = [];
  const { log } = console;
  console.log = (...values) => lines.push(format(...values));
  try {
    await import(pathToFileURL(resolve(path)).href);
  } finally {
    console.log = log;
  }
  const output = lines.join('\n');
  outputs.set(path, output);
  return output;
}
