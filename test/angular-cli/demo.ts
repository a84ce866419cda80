// The task board of docs/examples/angular, with this checkout's library: `npm run demo:angular`.
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { build, installBoard, pack, start } from './workspace.js';

const tarball = await pack();
console.log('Installing the application and building it: a minute or two.');
const board = await installBoard(tarball);
await build(board);
const { origin, stop } = await start(board, 'server/main.mjs', {});
console.log(`${origin} (Ctrl+C ends it)`);

process.once('SIGINT', () => {
  stop();
  void Promise.all([board.folder, dirname(tarball)].map((path) => rm(path, { recursive: true })));
});
