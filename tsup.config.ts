import { rmSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

// Here and not with `clean`: the two builds below run side by side, and the one that starts later
// would delete what the other has written.
rmSync('dist', { recursive: true, force: true });

function entries(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name.replace(/^.*\//, ''), `src/${name}.ts`]));
}

function dts(entry: Record<string, string>): Pick<Options, 'dts'> {
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
  return { dts: { entry, compilerOptions: { ignoreDeprecations: '6.0' } } };
}

const shared: Options = {
  target: 'es2022',
  // What `import('#cross-fetch')` means is for package.json to say, by runtime. The other entries
  // share the main entry's classes only if they import it by its name, in both formats.
  external: ['#cross-fetch', 'rxjs-task-status'],
  splitting: false,
  treeshake: true,
  removeNodeProtocol: false,
};

const both = entries('index', 'testing', 'node');
const typedEsm = entries('angular');
const esm = { ...typedEsm, ...entries('cli', 'api/no-cross-fetch') };

export default defineConfig([
  { ...shared, entry: both, format: ['esm', 'cjs'], ...dts(both) },
  { ...shared, entry: esm, format: 'esm', ...dts(typedEsm) },
]);
