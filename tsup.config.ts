import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

// Here and not with `clean`: the builds below run side by side, and the one that starts later
// would delete what the others have written.
rmSync('dist', { recursive: true, force: true });

function entries(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
}

function dts(entry: Record<string, string>): Pick<Options, 'dts'> {
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
  return { dts: { entry, compilerOptions: { ignoreDeprecations: '6.0' } } };
}

type Plugin = NonNullable<Options['plugins']>[number];

/** Writes `import('cross-fetch')` in another way into the files of a format. */
function crossFetchAs(written: string, only: 'esm' | 'cjs'): Plugin {
  return {
    name: 'cross-fetch',
    renderChunk(code) {
      if (this.format !== only) return undefined;
      return { code: code.replace(/\bimport\((['"])cross-fetch\1\)/, written) };
    },
  };
}

/** Appends the licences of the packages that a file contains. They demand it. */
const licences: Plugin = {
  name: 'licences',
  renderChunk(code) {
    // esbuild writes the path of each file above its code
    const paths = code.matchAll(/^\/\/ ((?:.+\/)?node_modules\/(?:@[^/]+\/)?[^/\n]+)\//gm);
    const folders = new Set([...paths].flatMap(([, folder]) => folder ?? []));
    const texts = new Set([...folders].sort().map(licenceOf));
    const licences = [...texts].join('\n').replaceAll('*/', '* /');
    return { code: `${code}\n/*!\nThis file contains these packages:\n\n${licences}*/\n` };
  },
};

function licenceOf(folder: string): string {
  const described: unknown = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const { name, version } = described as { name: string; version: string };
  const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (!file) throw new Error(`${folder} has no licence file`);
  return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
}

const plugins = [crossFetchAs("require('cross-fetch')", 'cjs')];

const shared: Options = {
  target: 'es2022',
  // The other entries share the main entry's classes only if they import it by its name, in both
  // formats.
  external: ['cross-fetch', 'rxjs-task-status'],
  splitting: false,
  treeshake: true,
  removeNodeProtocol: false,
  plugins,
};

const both = entries(
  'index',
  'testing',
  'testing/server',
  'node',
  'proxy',
  'nest',
  'fleet',
  'learned',
);
const angular = entries('angular');

export default defineConfig([
  { ...shared, entry: both, format: ['esm', 'cjs'], ...dts(both) },
  { ...shared, entry: entries('cli'), format: 'esm', plugins: [...plugins, licences] },
  // Jest presets for Angular transform no packages but their .mjs files.
  {
    ...shared,
    entry: angular,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    ...dts(angular),
  },
  // What is bundled for no particular runtime gets along without `cross-fetch`: Rollup would have to
  // read JSON to bundle it.
  {
    ...shared,
    entry: { 'index.web': 'src/index.ts' },
    format: 'esm',
    plugins: [crossFetchAs('{}', 'esm')],
  },
]);
