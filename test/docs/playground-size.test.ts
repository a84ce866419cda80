import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** The limit of the page's own script, bytes: minified, not compressed. */
const LIMIT = 60_000;

test('the playground adds less than 60 kB of script to the library, RxJS and Vue', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['docs/.vitepress/theme/playground/playground.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: 'unused',
    write: false,
    metafile: true,
    external: ['vue', 'rxjs', 'rxjs-task-status', 'rxjs-task-status/testing'],
  });
  const script = outputFiles.find(({ path }) => path.endsWith('.js'));
  expect(script?.contents.length).toBeGreaterThan(1_000);
  expect(script?.contents.length).toBeLessThan(LIMIT);
  // otherwise the bundle would contain the library too
  expect(Object.keys(metafile.inputs).filter((path) => !path.startsWith('docs/'))).toEqual([]);
});
