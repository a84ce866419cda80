import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProgram } from '../support/run-program.js';

const program = fileURLToPath(new URL('programs/server-sent-events.ts', import.meta.url));
const HAS_EVENT_SOURCE = process.allowedNodeEnvironmentFlags.has('--experimental-eventsource');

test.skipIf(!HAS_EVENT_SOURCE)(
  'the recipe for server-sent events polls only while a real EventSource is not connected',
  async () => {
    let polls = 0;
    const connections: ServerResponse[] = [];
    const server = createServer((request, response) => {
      if (request.url === '/events') {
        connections.push(response);
        server.emit('connection of events');
      } else {
        polls += 1;
        response.setHeader('Content-Type', 'application/json').end('"paused"');
      }
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const newConnection = async () => {
      while (connections.length === 0) await once(server, 'connection of events');
      return connections.shift();
    };
    const running = startProgram(program, [`http://127.0.0.1:${port ?? 0}`], {
      NODE_OPTIONS: '--experimental-eventsource',
    });
    try {
      const first = await newConnection();
      first?.writeHead(200, { 'Content-Type': 'text/event-stream' });
      first?.write('retry: 10\n\ndata: created\n\n');
      await running.line(/^now created$/);
      expect(polls).toBe(0);

      first?.destroy();
      await running.line(/^now paused$/);
      expect(polls).toBeGreaterThan(0);

      // it connects again, and polls until that has an answer
      const second = await newConnection();
      const pollsBefore = polls;
      while (polls < pollsBefore + 3) await once(server, 'request');
      second?.writeHead(200, { 'Content-Type': 'text/event-stream' });
      second?.write('data: running\n\n');
      await running.line(/^now running$/);
      // one poll may have been in flight
      const pollsAfter = polls + 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(polls).toBeLessThanOrEqual(pollsAfter);
      second?.write('data: finished\n\n');
      const { code, lines } = await running.ended;
      expect(lines.slice(-5)).toEqual([
        ...['created', 'paused', 'running', 'finished'].map((status) => `now ${status}`),
        'the end',
      ]);
      expect(code).toBe(0);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);
