// Excludes the mutants that exclusions.json lists, for Stryker's option `ignorers`. Each entry is the
// code of a whole expression or statement, and the reason why no test can notice a change of it.
// JavaScript, because Stryker also loads it in processes without a TypeScript loader.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const exclusions = JSON.parse(readFileSync('test/mutation/exclusions.json', 'utf8'));

export const strykerPlugins = [
  { kind: 'Ignore', name: 'exclusions', value: { shouldIgnore: reasonToIgnore } },
];

/** The argument is Babel's NodePath. */
function reasonToIgnore({ node, hub }) {
  if (!hub) return undefined;
  const { code, opts } = hub.file;
  const file = relative('.', opts.filename).replaceAll('\\', '/');
  const found = exclusions.find(
    (exclusion) => exclusion.file === file && exclusion.code === code.slice(node.start, node.end),
  );
  return found?.reason;
}
