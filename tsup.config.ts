import { rmSync } from 'node:fs';
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

const shared: Options = {
  target: 'es2022',
  // The other entries share the main entry's classes only if they import it by its name, in both
  // formats.
  external: ['cross-fetch', 'rxjs-task-status'],
  splitting: false,
  treeshake: true,
  removeNodeProtocol: false,
  plugins: [crossFetchAs("require('cross-fetch')", 'cjs')],
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
  { ...shared, entry: entries('cli'), format: 'esm' },
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
