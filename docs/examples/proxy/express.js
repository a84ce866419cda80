// #region recipe
import express from 'express';
import { nodeHandler } from 'rxjs-task-status/node';
import { proxy } from './proxy.js';

const app = express();
app.use(nodeHandler(proxy));
app.listen(process.env.PORT ?? 3000);
// #endregion
