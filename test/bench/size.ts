import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions, type Plugin } from 'esbuild';

import { printSample } from './rows.js';

/** The sizes that `npm run size` measures, for this copy. */
const { stdout } = spawnSync(process.execPath, ['node_modules/size-limit/bin.js', '--json'], {
  encoding: 'utf8',
});
for (const { name, size } of JSON.parse(stdout) as { name: string; size: number }[]) {
  printSample({
    measure: 'Bundle for a browser, minified, gzip',
    contestant: name,
    value: size / 1000,
  });
}

/** The first of these bundles, built from the sources. */
const BUNDLE = {
  stdin: {
    contents: "import { taskStatus$ } from './src/index.js'; console.log(taskStatus$);",
    resolveDir: process.cwd(),
  },
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  external: ['rxjs'],
} satisfies BuildOptions;

const { files } = await bundle();
// three parts that the promises need: laws 18 and 10, and the default transport
const needed = ['src/api/redact.ts', 'src/api/transport.ts', 'src/api/retry-after.ts'];
for (const some of [needed, ...files.map((file) => [file])]) {
  printSample({
    measure: 'Bundle without a part of it, gzip',
    contestant: some.map((file) => file.replace('src/', '')).join(', '),
    value: (await bundle(some)).kB,
  });
}

/** Bundles without some files. Returns the size in kB, and the files in the bundle, the largest first. */
async function bundle(without: readonly string[] = []): Promise<{ kB: number; files: string[] }> {
  const { metafile, outputFiles } = await build({
    ...BUNDLE,
    metafile: true,
    write: false,
    plugins: [empty(without)],
  });
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output?.inputs ?? {})
    .filter(([file, { bytesInOutput }]) => file.startsWith('src/') && bytesInOutput > 0)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .map(([file]) => file);
  const [code] = outputFiles;
  if (!code) throw new Error('esbuild wrote no bundle');
  return { kB: gzipSync(code.contents, { level: 9 }).length / 1000, files };
}

/** Replaces files by exports of values that a bundler does not know. */
function empty(files: readonly string[]): Plugin {
  return {
    name: 'empty',
    setup: (bundler) => {
      bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = files.find((one) => path.endsWith(`/${one}`));
        if (file === undefined) return undefined;
        const { metafile } = await build({
          entryPoints: [path],
          format: 'esm',
          metafile: true,
          write: false,
        });
        const names = Object.values(metafile.outputs).flatMap((output) => output.exports);
        return { contents: names.map((name) => `export let ${name} = globalThis.a;`).join('') };
      });
    },
  };
}
