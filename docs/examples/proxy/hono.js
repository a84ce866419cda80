// #region recipe
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { proxy } from './proxy.js';

const app = new Hono();
app.get('/api/v1/*', async (context, next) => (await proxy(context.req.raw)) ?? next());
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
// #endregion
