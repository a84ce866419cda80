// Serves the task board of docs/examples/angular with the library of this checkout: npm run demo:angular.
import { once } from 'node:events';
import { build, installBoard, pack, start, withFolder } from './workspace.js';

await withFolder(async (folder) => {
  console.log('Installing the application and building it: a minute or two.');
  const board = await installBoard(await pack(folder));
  await build(board);
  const { origin, stop } = await start(board, 'server/main.mjs', {
    PORT: process.env['PORT'] ?? '4200',
  });
  console.log(`${origin} (stop with Ctrl+C)`);
  await once(process, 'SIGINT');
  stop();
});
