import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';

import { tell } from './rows.js';

/** What `npm run size` measures, of this copy; it also prints sizes that break its limits. */
const { stdout } = spawnSync(process.execPath, ['node_modules/size-limit/bin.js', '--json'], {
  encoding: 'utf8',
});
for (const { name, size } of JSON.parse(stdout) as { name: string; size: number }[]) {
  tell({
    measure: 'Bundle for a browser, minified, gzip',
    contestant: name,
    value: size / 1000,
  });
}

// where the first of them comes from: the same bundle, of the sources
const { metafile } = await build({
  stdin: { contents: "export { taskStatus$ } from './src/index.js';", resolveDir: process.cwd() },
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  external: ['rxjs'],
});
const [bundle] = Object.values(metafile.outputs);
const parts = Object.entries(bundle?.inputs ?? {})
  .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput);
for (const [path, { bytesInOutput }] of parts) {
  tell({
    measure: 'Part of the bundle, minified',
    contestant: path,
    value: bytesInOutput / 1000,
  });
}
