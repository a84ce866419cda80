import { execFile, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { runInThisContext } from 'node:vm';
import { Subject } from 'rxjs';
import { verifyTaskWebhook, type TaskWebhook } from 'rxjs-task-status/node';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { statusUpdate, vendorWebhook } from '../support/sign-webhook.js';

const SECRET = 'whsec_1234567890';
const page = readFileSync('docs/webhooks.md', 'utf8');

/** The only code block on the page that contains a text. */
function blockWith(content: string): string {
  const blocks = [...page.matchAll(/^```(?:sh|ts)\n(.*?)^```$/gms)].map(([, code = '']) => code);
  const [block, ...others] = blocks.filter((code) => code.includes(content));
  if (block === undefined) throw new Error(`The page has no block with ${content}`);
  if (others.length > 0) throw new Error(`The page has several blocks with ${content}`);
  return block;
}

/** A block of TypeScript as JavaScript without its imports. */
function scriptOf(block: string): string {
  const code = block.replaceAll(/^import .*$/gm, '');
  return ts.transpile(code, { target: ts.ScriptTarget.ES2022 });
}

/** Runs `use` while a server listens on a free port. */
async function withServer(listener: RequestListener, use: (origin: string) => Promise<void>) {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  try {
    await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const hasCommands = ['curl', 'openssl'].every(
  (program) => spawnSync(program, ['version']).error === undefined,
);
if (!hasCommands)
  console.log('The command of docs/webhooks.md is not tested: no curl or openssl here.');

test.skipIf(!hasCommands)(
  'docs/webhooks.md has a command that sends a webhook which verifies',
  async () => {
    const events: unknown[] = [];
    const listener: RequestListener = (request, response) =>
      void text(request)
        .then((body) => verifyTaskWebhook(body, request.headers, SECRET))
        .then((event) => {
          events.push(event);
          response.writeHead(event ? 204 : 401).end();
        });
    await withServer(listener, async (origin) => {
      const command = blockWith('openssl').replace('http://127.0.0.1:8080', origin);
      expect(command).toContain(origin);
      const env = { ...process.env, BROWSER_USE_WEBHOOK_SECRET: SECRET };
      const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
      expect(stdout).toMatch(/^HTTP\/1.1 204 /);
    });
    expect(events).toMatchObject([{ taskId: 'task_long', status: 'started' }]);
  },
);

/** The part of Express that the tests use. */
interface Express {
  (): RequestListener;
  raw(options: object): unknown;
}

test('docs/webhooks.md has an endpoint that works in Express', async () => {
  // NestJS depends on it
  const ofNest = createRequire(createRequire(import.meta.url).resolve('@nestjs/platform-express'));
  const express = ofNest('express') as Express;
  const code = scriptOf(blockWith('express.raw'));
  const given = { express, app: express(), secret: SECRET, Subject, verifyTaskWebhook };
  const start = runInThisContext(
    `((${Object.keys(given).join()}) => { ${code}; return webhook$; })`,
  ) as (...values: unknown[]) => Subject<TaskWebhook>;
  const taskIds: unknown[] = [];
  start(...Object.values(given)).subscribe((event) => taskIds.push(event.taskId));

  await withServer(given.app, async (origin) => {
    const send = async (request: RequestInit) =>
      (await fetch(`${origin}/webhook`, { method: 'POST', ...request })).status;
    const webhook = vendorWebhook(SECRET, statusUpdate('task_1', 'idle'));
    const answers = [
      await send(webhook),
      await send(vendorWebhook(SECRET, { type: 'test', payload: { test: 'ok' } })),
      await send(vendorWebhook('other', statusUpdate('task_1', 'idle'))),
      await send({ ...webhook, body: webhook.body.padEnd(1_048_577) }),
      await send({}),
      await send({ body: new Uint8Array([0xff]) }),
    ];
    expect(answers).toEqual([204, 204, 401, 413, 401, 401]);
  });
  expect(taskIds).toEqual(['task_1', undefined]);
});

test('docs/webhooks.md makes a signature for tests that verifies', async () => {
  const printed: unknown[] = [];
  const given = {
    createHmac,
    verifyTaskWebhook,
    console: { log: (value: unknown) => printed.push(value) },
  };
  const code = scriptOf(blockWith('createHmac'));
  const run = runInThisContext(`(async (${Object.keys(given).join()}) => { ${code} })`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await run(...Object.values(given));
  expect(printed).toEqual(['task_1', undefined]);
});
