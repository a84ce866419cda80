import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import type { Component } from 'svelte';
import { render } from 'svelte/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSSRApp } from 'vue';
import { renderToString as renderVue } from 'vue/server-renderer';
import { TaskBadge } from '../../docs/examples/frameworks/react/task-badge.js';
import { compiledSvelte, svelteBadge } from './frameworks/svelte-badge.js';
import { vueBadge } from './frameworks/vue-badge.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function renderSvelte(compiled: (runtime: unknown) => unknown) {
  // @ts-expect-error it has no types
  const runtime: unknown = await import('svelte/internal/server');
  const component = (await compiled(runtime)) as Component<{ taskId: string }>;
  return render(component, { props: { taskId: 'task_1' } }).body;
}

/** What each framework renders in Node. */
const RENDERERS: Readonly<Record<string, () => Promise<string>>> = {
  React: () => Promise.resolve(renderToString(createElement(TaskBadge, { taskId: 'task_1' }))),
  Vue: async () => renderVue(createSSRApp(await vueBadge(), { taskId: 'task_1' })),
  Svelte: () => renderSvelte((runtime) => svelteBadge('server', runtime)),
};

test.each(Object.entries(RENDERERS))(
  '%s renders the component on a server without a request or a timer',
  async (_, renderPage) => {
    const { fetch, requests } = fakeTaskApi({ task_1: [['running', 0]] });
    vi.stubGlobal('fetch', fetch);
    const html = await renderPage();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(html).toContain('loading');
    expect(requests).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test('docs/browser.md is right that a store of Svelte sends a request on a server', async () => {
  const { fetch, requests } = fakeTaskApi({ task_1: [['running', 0]] });
  vi.stubGlobal('fetch', fetch);
  const source = `<script>
    import { pool } from '../pool.js';
    const status = pool.status$('task_1');
  </script>
  <p>{$status}</p>`;
  await renderSvelte((runtime) => compiledSvelte(source, 'server', runtime));
  expect(requests).toHaveLength(1);
});
