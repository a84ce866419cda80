// @vitest-environment jsdom
import { readFile } from 'node:fs/promises';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mountReact } from './frameworks/mount-react.js';
import { mountSvelte } from './frameworks/mount-svelte.js';
import { mountVue } from './frameworks/mount-vue.js';
import type { Mounted } from './frameworks/mounted.js';

/** Longer than every delay between polls. */
const LONG = 20_000;

const RUNNING: FakeTimeline = [['running', 0]];

let mounted: Mounted | undefined;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  await mounted?.unmount();
  mounted = undefined;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Replaces `fetch`, and records the signal of each request. */
function serve(tasks: Record<string, FakeTimeline>, latency = 0) {
  const fake = fakeTaskApi(tasks, { latency });
  const signals: AbortSignal[] = [];
  vi.stubGlobal('fetch', (url: string, init: { signal: AbortSignal }) => {
    signals.push(init.signal);
    return fake.fetch(url, init);
  });
  const requestsFor = (taskId: string) =>
    fake.requests.filter((request) => request.taskId === taskId).length;
  return { signals, requestsFor, requests: fake.requests };
}

const shown = () => document.body.textContent;

describe.each([
  ['React, in StrictMode,', mountReact],
  ['Vue', mountVue],
  ['Svelte', mountSvelte],
])('the component for %s', (_, mount) => {
  async function show(taskId: string) {
    mounted = await mount(document.body.appendChild(document.createElement('div')), taskId);
    return mounted;
  }

  test('shows each status', async () => {
    const timeline: FakeTimeline = [
      ['created', 0],
      ['running', 3_000],
      ['finished', 20_000],
    ];
    const { requests } = serve({ task_1: timeline }, 100);
    const { advance } = await show('task_1');
    expect(shown()).toBe('loading');
    await advance(200);
    expect(shown()).toBe('created');
    await advance(10_000);
    expect(shown()).toBe('running');
    await advance(LONG);
    expect(shown()).toBe('finished');
    const { length } = requests;
    await advance(LONG);
    expect(requests).toHaveLength(length);
  });

  test('polls the server of the page', async () => {
    const { requests } = serve({ task_1: RUNNING });
    const { advance } = await show('task_1');
    await advance(0);
    expect(requests[0]?.url).toBe(`${location.origin}/api/v1/task/task_1/status`);
  });

  test('ends the watch of a task when another one is shown', async () => {
    const { requestsFor } = serve({ task_1: RUNNING, task_2: [['paused', 0]] }, 100);
    const { advance, setTaskId } = await show('task_1');
    await advance(LONG);
    expect(shown()).toBe('running');
    const before = requestsFor('task_1');
    await setTaskId('task_2');
    expect(shown()).toBe('loading');
    await advance(LONG);
    expect(shown()).toBe('paused');
    expect(requestsFor('task_1')).toBe(before);
  });

  test('aborts the request in flight when it is unmounted, and polls no more', async () => {
    const { signals, requests } = serve({ task_1: RUNNING }, LONG);
    const { advance, unmount } = await show('task_1');
    await advance(100);
    const last = signals.at(-1);
    expect(last?.aborted).toBe(false);
    await unmount();
    mounted = undefined;
    expect(last?.aborted).toBe(true);
    const { length } = requests;
    await vi.advanceTimersByTimeAsync(LONG);
    expect(requests).toHaveLength(length);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('has one watch', async () => {
    const { signals } = serve({ task_1: RUNNING }, LONG);
    const { advance } = await show('task_1');
    await advance(100);
    expect(signals.filter(({ aborted }) => !aborted)).toHaveLength(1);
  });

  test('shows the end of a task after an outage of half an hour', async () => {
    const outage = 1_800_000;
    serve({ task_1: [...RUNNING, [{ status: 503 }, 5_000], ['finished', 5_000 + outage]] });
    const { advance } = await show('task_1');
    await advance(outage);
    expect(shown()).toBe('running');
    await advance(120_000);
    expect(shown()).toBe('finished');
  });

  test('shows an error', async () => {
    serve({ task_1: [...RUNNING, [{ status: 404 }, 5_000]] });
    const { advance } = await show('task_1');
    await advance(0);
    expect(document.querySelector('[role=alert]')).toBeNull();
    await advance(LONG);
    expect(document.querySelector('[role=alert]')?.textContent).toBe('The status cannot be read');
  });

  test('shows the next task after an error', async () => {
    serve({ task_2: RUNNING });
    const { advance, setTaskId } = await show('task_1');
    await advance(100);
    expect(document.querySelector('[role=alert]')).not.toBeNull();
    await setTaskId('task_2');
    await advance(100);
    expect(shown()).toBe('running');
  });

  test('polls no more while the page is hidden', async () => {
    const { requests } = serve({ task_1: RUNNING });
    const { advance } = await show('task_1');
    await advance(100);
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    document.dispatchEvent(new Event('visibilitychange'));
    const { length } = requests;
    await advance(LONG);
    expect(requests).toHaveLength(length);
    visibility.mockRestore();
    document.dispatchEvent(new Event('visibilitychange'));
    await advance(0);
    expect(requests).toHaveLength(length + 1);
  });
});

test.each([
  'pool.ts',
  'react/use-task-status.ts',
  'react/task-badge.tsx',
  'vue/use-task-status.ts',
  'vue/TaskBadge.vue',
  'svelte/TaskBadge.svelte',
])('%s has at most ten lines of code besides its imports', async (file) => {
  const code = await readFile(`docs/examples/frameworks/${file}`, 'utf8');
  const lines = code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(\/\/|\/\*|\*|import |<\/?(script|template))/.test(line));
  expect(lines.length).toBeLessThanOrEqual(10);
});
