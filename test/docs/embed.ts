import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const REGION = /^\/\/ #region recipe\n(.*?)^\/\/ #endregion$/ms;
const PLACE =
  /^<!-- (?<path>docs\/examples\/\S+\.ts) -->\n(?:\n```ts\n[^]*?\n```\n)?(?:\nprints\n\n```text\n[^]*?\n```\n)?/gm;

/**
 * Puts below each `<!-- docs/examples/….ts -->` of a page that file's recipe, and what the rest of the
 * file, which tries it, prints.
 */
export async function embed(page: string): Promise<string> {
  let result = page;
  for (const place of page.matchAll(PLACE)) {
    const path = place.groups?.['path'] ?? '';
    const printed = await outputOf(path);
    const block = [
      `<!-- ${path} -->\n\n\`\`\`ts\n${await recipeOf(path)}\n\`\`\`\n`,
      ...(printed ? [`\nprints\n\n\`\`\`text\n${printed}\n\`\`\`\n`] : []),
    ].join('');
    result = result.replace(place[0], () => block);
  }
  return result;
}

async function recipeOf(path: string): Promise<string> {
  const recipe = REGION.exec(await readFile(path, 'utf8'))?.[1];
  if (recipe === undefined) throw new Error(`${path} has no region "recipe"`);
  return recipe.trim();
}

const outputs = new Map<string, string>();

/** What a program prints while it is loaded; that happens once. */
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
