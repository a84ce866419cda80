import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { taskStatus$ } from 'rxjs-task-status';
import { expect, test } from 'vitest';

/**
 * A server whose tasks are `created`, then `running`, and then hang: their requests stay open until the
 * client closes them. The id `ends` is `finished` instead.
 */
async function withServer(
  run: (server: { baseUrl: string; requests: string[]; hanging: () => number }) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const id = request.url?.split('/')[2] ?? '';
    requests.push(id);
    const nth = requests.filter((one) => one === id).length;
    const word = nth === 1 ? 'created' : nth === 2 ? 'running' : 'finished';
    if (word === 'finished' && !id.startsWith('ends')) {
      open.add(response);
      response.on('close', () => open.delete(response));
    } else response.end(JSON.stringify(word));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await run({
      baseUrl: `http://127.0.0.1:${port}`,
      requests,
      hanging: () => open.size,
    });
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

const backoff = { initialDelay: 1, jitter: 0 };

test('a loop over HTTP ends with the task', async () => {
  await withServer(async ({ baseUrl, requests }) => {
    const seen: string[] = [];
    for await (const status of taskStatus$('ends', { baseUrl, backoff })) seen.push(status);
    expect(seen).toEqual(['created', 'running', 'finished']);
    expect(requests).toHaveLength(3);
  });
});

test.each(['break', 'throw'])('%s closes the connection of the open request', async (by) => {
  await withServer(async ({ baseUrl, requests, hanging }) => {
    const seen: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const status of taskStatus$('hangs', { baseUrl, backoff })) {
        seen.push(status);
        if (status !== 'running') continue;
        // polling continues during the body of the loop
        await expect.poll(hanging).toBe(1);
        if (by === 'throw') throw new Error('enough');
        break;
      }
    };
    if (by === 'throw') await expect(loop()).rejects.toThrow('enough');
    else await loop();
    await expect.poll(hanging).toBe(0);
    expect(seen).toEqual(['created', 'running']);
    expect(requests).toHaveLength(3);
  });
});

test('two loops over one Observable are two watches, and leaving one keeps the other', async () => {
  await withServer(async ({ baseUrl, requests, hanging }) => {
    const status$ = taskStatus$('hangs', { baseUrl, backoff });
    const iterators = [status$[Symbol.asyncIterator](), status$[Symbol.asyncIterator]()];
    // the first two answers; which loop gets which depends on the server
    const results = await Promise.all(iterators.map((iterator) => iterator.next()));
    expect(results.map(({ value }) => value as unknown).sort()).toEqual(['created', 'running']);
    await expect.poll(hanging).toBe(2);
    await iterators[0]?.return?.();
    await expect.poll(hanging).toBe(1);
    await iterators[1]?.return?.();
    await expect.poll(hanging).toBe(0);
    expect(requests).toHaveLength(4);
  });
});
