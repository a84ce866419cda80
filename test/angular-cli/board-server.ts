import { expect, test } from 'vitest';
import { startBoards, type BoardPlace } from './board-fixture.js';

/** What the board's server refuses. */
export function testServer(place: BoardPlace): void {
  const board = startBoards(place, () => ({ timelines: { task_1: [['running', 0]] } }));

  const send = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(board.origin + path, init)).status;
  const json = { 'content-type': 'application/json' };

  test('passes on the status and the result of a task, and no other request', async () => {
    expect(await send('/api/v1/task/task_1/status')).toBe(200);
    expect(await send('/api/v1/task/task_1')).toBe(404);
    expect(board.upstream.requests).toHaveLength(2);
    expect(await send('/api/v1/task/task_1/status', { method: 'POST' })).toBe(405);
    expect(await send('/api/v1/tasks')).toBe(404);
    expect(await send('/api/v1/task/%2e%2e/status')).toBe(404);
    expect(board.upstream.requests).toHaveLength(2);
  });

  test.each([
    ['a form', { body: '{"task":"x"}', headers: { 'content-type': 'text/plain' } }, 415],
    ['another origin', { body: '{"task":"x"}', headers: { ...json, origin: 'https://a.b' } }, 403],
    ['an opaque origin', { body: '{"task":"x"}', headers: { ...json, origin: 'null' } }, 403],
    ['no JSON', { body: 'task', headers: json }, 400],
    ['too much', { body: JSON.stringify({ task: 'x'.repeat(20_000) }), headers: json }, 400],
    ['no task', { body: '{}', headers: json }, 422],
  ])('starts no task for %s', async (_, init, status) => {
    expect(await send('/api/tasks', { method: 'POST', ...init })).toBe(status);
    expect(board.upstream.commands).toEqual([]);
  });

  test('a started task is in the list that it serves', async () => {
    const init = {
      method: 'POST',
      body: '{"task":"x"}',
      headers: { ...json, origin: board.origin },
    };
    expect(await send('/api/tasks', init)).toBe(201);
    const list = (await (await fetch(`${board.origin}/api/tasks`)).json()) as { id: string }[];
    expect(list.map(({ id }) => id)).toEqual(['task_new', 'task_1']);
  });

  test('answers 502 when the task API is down', async () => {
    board.upstream.close();
    const init = { method: 'POST', body: '{}', headers: json };
    expect(await send('/api/tasks/task_1/stop', init)).toBe(502);
  });
}
