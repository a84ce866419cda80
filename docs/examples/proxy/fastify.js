// #region recipe
import Fastify from 'fastify';
import { nodeHandler } from 'rxjs-task-status/node';
import { proxy } from './proxy.js';

const app = Fastify();
const handle = nodeHandler(proxy);
app.get('/api/v1/*', (request, reply) => {
  handle(request.raw, reply.hijack().raw);
});
await app.listen({ port: Number(process.env.PORT ?? 3000) });
// #endregion
