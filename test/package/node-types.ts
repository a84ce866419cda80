import { on, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { browserUseV4, type TaskStatus } from 'rxjs-task-status';
import {
  nodeHandler,
  taskStatusEmitter,
  verifyTaskWebhook,
  type TaskStatusEmitter,
} from 'rxjs-task-status/node';

// A user's file, with Node's types.

export async function main(): Promise<void> {
  const emitter: TaskStatusEmitter = taskStatusEmitter('task_1', { timeout: 1_000 });
  emitter.on('status', (status: TaskStatus) => status.length).on('finished', () => undefined);
  // @ts-expect-error no such status
  emitter.on('completed', () => undefined);
  taskStatusEmitter('run_1', { api: browserUseV4 }).on('completed', () => undefined);
  await once(emitter, 'end');
  for await (const [status] of on(emitter, 'status', { close: ['end'] })) console.log(status);
  emitter.close();
  const handler = nodeHandler((request) => (request.body ? new Response('ok') : undefined));
  createServer(handler).on('request', (req, res) => handler(req, res, () => res.end()));
}

export async function taskIds(request: IncomingMessage, body: Buffer): Promise<unknown[]> {
  const web = new Request('http://localhost', { method: 'POST', body: body.toString() });
  const events = [
    await verifyTaskWebhook(body, request.headers, 'secret'),
    await verifyTaskWebhook(await web.text(), web.headers, ['new', 'old'], { tolerance: 1_000 }),
  ];
  // @ts-expect-error a parsed body
  await verifyTaskWebhook({}, request.headers, 'secret');
  // @ts-expect-error a secret that may be missing
  await verifyTaskWebhook(body, request.headers, process.env['SECRET']);
  return events.map((event) => event?.taskId);
}
