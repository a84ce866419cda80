import { readdir, readFile } from 'node:fs/promises';
import type { Code, InlineCode, RootContent } from 'mdast';
import { remark } from 'remark';
import { EMPTY, lastValueFrom, NEVER, of } from 'rxjs';
import {
  browserUseV1,
  createTaskStatusPool,
  defineTaskApi,
  mergeOptions,
  requireFinished,
  taskStatus$,
} from 'rxjs-task-status';
import { createFleetWorker } from 'rxjs-task-status/fleet';
import { learnedDelay } from 'rxjs-task-status/learned';
import { toServerSentEvents, verifyTaskWebhook } from 'rxjs-task-status/node';
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { visit } from 'unist-util-visit';
import { describe, expect, test } from 'vitest';
import { isIn, messagesIn, templateOf, type Message } from './messages.js';

const page = await readFile('docs/troubleshooting.md', 'utf8');

/** The code of the page: each text between backticks, and each line of a block. */
const codes: readonly string[] = codesOf(page);

/** Files and declarations whose texts are not messages. */
const OTHER_PLACES: Readonly<Record<string, string>> = {
  'src/cli/arguments.ts#HELP': 'the answer to --help',
  'src/cli/arguments.ts#OPTIONS': 'the answer to --help',
  'src/cli/rows.ts': 'the rows of the command, which docs/node.md shows',
  'src/cli/task-progress.ts': 'words in the rows of the command',
  'src/cli/terminal-display.ts': 'the rows of the command, which docs/node.md shows',
  'src/fleet/abort-error.ts': 'the end of a request that nobody waits for any more',
  'src/fleet/learned-scripts.ts': 'scripts for Redis',
  'src/fleet/script.ts': 'scripts for Redis',
  'src/fleet/scripts.ts': 'scripts for Redis',
  'src/node/canonical-json.ts': 'the caller catches the error: the signature does not match',
  'src/proxy/json-response.ts': 'headers of the answers of the proxy',
};

/** Other texts that are not messages. */
const OTHER_TEXTS: Readonly<Record<string, string>> = {
  '… … … … GMT': 'a date that is parsed',
  '…: connected\n\n': 'a comment in a stream of events',
  ': heartbeat\n\n': 'a comment in a stream of events',
  'Bearer …': 'the header with the key',
  'data: …': 'a line in a stream of events',
  'event: …': 'a line in a stream of events',
  'id: …': 'a line in a stream of events',
  'not visible yet': 'the name of a symbol',
  'rxjs-task-status; received-status=…': 'a header, which docs/security.md explains',
  'The request has waited for long. It is made again with the present key':
    'an exception that makes a request wait, and is never reported',
};

const sources = (await readdir('src', { recursive: true }))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file}`);
const messages = (
  await Promise.all(sources.map(async (file) => messagesIn(file, await readFile(file, 'utf8'))))
).flat();
const placesOf = ({ declaration }: Message): string[] => [
  declaration,
  declaration.replace(/#.*/, ''),
];

describe('docs/troubleshooting.md', () => {
  test('has every message of the library', () => {
    const missing = messages
      .filter((message) => !placesOf(message).some((place) => place in OTHER_PLACES))
      .filter((message) => !(templateOf(message) in OTHER_TEXTS))
      .filter((message) => !codes.some((code) => isIn(code, message)))
      .map((message) => `${message.place}: ${templateOf(message)}`);
    expect(missing).toEqual([]);
  });

  test('says something below each message', () => {
    const nodes = remark().parse(page).children;
    const unexplained = nodes.filter((node, index) => {
      if (!isMessage(node)) return false;
      // several messages in a row have one explanation
      return nodes.slice(index).find((next) => !isMessage(next))?.type !== 'paragraph';
    });
    expect(unexplained.map((node) => node.position?.start.line)).toEqual([]);
    expect(nodes.filter(isMessage).length).toBeGreaterThan(100);
  });

  test('is checked without an exclusion that excludes nothing', () => {
    const places = new Set(messages.flatMap(placesOf));
    const texts = new Set(messages.map(templateOf));
    expect(Object.keys(OTHER_PLACES).filter((place) => !places.has(place))).toEqual([]);
    expect(Object.keys(OTHER_TEXTS).filter((text) => !texts.has(text))).toEqual([]);
  });
});

const apiKey = 'a key';

/** Passes options that TypeScript would reject. */
function watchWith(options: object): () => unknown {
  return () => taskStatus$('task_1', options);
}

/** The error of a watch with this answer. */
function answered(status: number, body: string): () => unknown {
  const fetch = () => Promise.resolve(new Response(status === 204 ? null : body, { status }));
  return () => lastValueFrom(taskStatus$('task_1', { fetch, retry: false }));
}

function fetched(fetch: () => unknown): () => unknown {
  return () => lastValueFrom(taskStatus$('task_1', { fetch: fetch as never, retry: false }));
}

/** Calls with a mistake, and what goes wrong. */
const MISTAKES: Readonly<Record<string, () => unknown>> = {
  'an empty id': () => taskStatus$(''),
  'half of a character in an id': () => taskStatus$('\ud800'),
  'an index as the options': () => taskStatus$('task_1', 0 as never),
  'an index as the overrides': () => mergeOptions({}, 0 as never),
  'an index as the overrides in a pool': () => createTaskStatusPool().status$('id', 0 as never),
  'a jitter of 2': watchWith({ backoff: { jitter: 2 } }),
  'an endless delay': watchWith({ backoff: { maxDelay: Infinity } }),
  'a negative timeout': watchWith({ timeout: -1 }),
  'half a retry': watchWith({ retry: { maxRetries: 0.5 } }),
  'a number as the delay': watchWith({ backoff: { delay: 2_000 } }),
  'a value as pauseWhile': watchWith({ pauseWhile: true }),
  'a controller as the signal': watchWith({ signal: new AbortController() }),
  'a name as the api': watchWith({ api: 'v2' }),
  'true as retry': watchWith({ retry: true }),
  'an unknown word': watchWith({ knownStatus: 'done' }),
  'another word for unknownStatus': watchWith({ unknownStatus: 'retry' }),
  'an empty key': watchWith({ apiKey: '' }),
  'a key of two lines': watchWith({ apiKey: 'a\nb' }),
  'a number as a header': watchWith({ headers: { a: 1 } }),
  'a header with a space in its name': watchWith({ headers: { 'a b': '1' } }),
  'a Headers object': watchWith({ headers: new Headers() }),
  'a key in the headers': watchWith({ apiKey, headers: { authorization: 'x' } }),
  'a relative baseUrl': watchWith({ baseUrl: '/api/v1' }),
  'a password in baseUrl': watchWith({ baseUrl: 'http://a:b@localhost' }),
  'fetch and transport': watchWith({ fetch, transport: fetch }),
  'a 404': answered(404, '{"detail":"Task not found"}'),
  'a 422': answered(422, '{"detail":"Invalid"}'),
  'a 401': answered(401, '{"detail":"Invalid API key"}'),
  'a 429': answered(429, '{"detail":"Slow down"}'),
  'a 503': answered(503, 'Maintenance'),
  'a page': answered(200, '<html>'),
  'an object': answered(200, '{}'),
  'an empty body': answered(200, ''),
  'no body': answered(204, ''),
  'a long body': answered(200, JSON.stringify('x'.repeat(100_000))),
  'a lost connection': fetched(() => Promise.reject(new Error('ECONNRESET'))),
  'a thrown answer': fetched(() =>
    Promise.reject(Object.assign(new Error('500'), { status: 500 })),
  ),
  'a mock without a result': fetched(() => Promise.resolve(undefined)),
  'a mock without a status': fetched(() => Promise.resolve({ ok: true })),
  'a transport that completes': () =>
    lastValueFrom(taskStatus$('task_1', { transport: () => EMPTY, retry: false })),
  'a transport that returns nothing': () =>
    lastValueFrom(taskStatus$('task_1', { transport: (() => undefined) as never })),
  'a failed task': () => lastValueFrom(of('failed' as const).pipe(requireFinished('task_1'))),
  'a closed pool': () => lastValueFrom(of('running' as const).pipe(requireFinished('task_1'))),
  'a timeout': () =>
    lastValueFrom(taskStatus$('task_1', { timeout: 0, requestTimeout: 1, transport: () => NEVER })),
  'no request': () => createTaskStatusPool({ maxConcurrent: 0 }),
  'an id for statuses$': () => createTaskStatusPool().statuses$('task_1'),
  'a task API without words': () => defineTaskApi({ ...browserUseV1, statuses: [] }),
  'a task API with a wrong end': () =>
    defineTaskApi({ ...browserUseV1, terminal: ['done' as never] }),
  'no options of the proxy': () => taskStatusProxy(undefined as never),
  'a whole URL as basePath': () => taskStatusProxy({ apiKey, basePath: 'http://localhost' }),
  'a fast heartbeat': () => toServerSentEvents({ heartbeat: 0 }),
  'a parsed webhook': () => verifyTaskWebhook({ id: 1 } as never, {}, 'secret'),
  'an empty secret': () => verifyTaskWebhook('', {}, ''),
  'no connection': () => createFleetWorker({ connection: 'redis' as never, watch: { apiKey } }),
  'no watch': () => createFleetWorker({ connection: {} } as never),
  'no slots': () => createFleetWorker({ connection: {}, watch: { apiKey }, concurrency: 0 }),
  'a free request': () => learnedDelay({ requestCost: 0 }),
  'an array of tasks': () => fakeTaskApi([] as never),
  'a timeline without brackets': () => fakeTaskApi({ task_1: ['running', 0] as never }),
};

/** The messages of the page as patterns: `…` stands for anything. */
const patterns = codes
  .filter((code) => code.replaceAll('…', '').length >= 10)
  .map((code) => new RegExp(`^${code.split('…').map(escaped).join('[^]*')}$`));

test.each(Object.entries(MISTAKES))(
  'docs/troubleshooting.md has the whole message after %s',
  async (_, mistake) => {
    const error: unknown = await Promise.resolve()
      .then(mistake)
      .catch((reason: unknown) => reason);
    const message = error instanceof Error ? error.message : '';
    expect(message).not.toBe('');
    expect(
      patterns.some((pattern) => pattern.test(message)),
      message,
    ).toBe(true);
  },
);

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Whether a node of the page is a heading that is only a message. */
function isMessage(node: RootContent): boolean {
  return node.type === 'heading' && node.children.every(({ type }) => type === 'inlineCode');
}

function codesOf(markdown: string): string[] {
  const found: string[] = [];
  visit(remark().parse(markdown), (node) => {
    if (node.type === 'inlineCode') found.push((node satisfies InlineCode).value);
    else if (node.type === 'code') found.push(...(node satisfies Code).value.split('\n'));
  });
  return found;
}
