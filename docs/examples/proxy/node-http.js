// #region recipe
import { createServer } from 'node:http';
import { nodeHandler } from 'rxjs-task-status/node';
import { proxy } from './proxy.js';

const handle = nodeHandler(proxy);

createServer((request, response) => {
  handle(request, response, () => {
    // your other routes
    response.writeHead(404).end();
  });
}).listen(process.env.PORT ?? 3000);
// #endregion
