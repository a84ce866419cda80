/**
 * What a browser application that uses `taskStatus$` alone has to load, RxJS included. size-limit
 * leaves peer dependencies out of every bundle that it describes itself.
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
