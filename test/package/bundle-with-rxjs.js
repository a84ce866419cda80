/**
 * The bundle of a browser application that only uses `taskStatus$`, including RxJS. By default size-limit
 * excludes peer dependencies.
 */
export default {
  stdin: {
    contents: "import { taskStatus$ } from './dist/index.web.js'; console.log(taskStatus$);",
    resolveDir: process.cwd(),
  },
  bundle: true,
  minify: true,
  treeShaking: true,
  platform: 'browser',
  format: 'esm',
  outdir: 'node_modules/.cache/size-limit/with-rxjs',
  write: true,
};
