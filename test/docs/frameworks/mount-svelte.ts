import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileModule } from 'svelte/compiler';
import { vi } from 'vitest';
import type { Mount } from './mounted.js';
import { runCompiled } from './run-compiled.js';
import { svelteBadge } from './svelte-badge.js';

/** The functions of `svelte` in a browser. */
interface SvelteClient {
  readonly flushSync: (change?: () => void) => void;
  readonly mount: (component: unknown, options: { target: Element; props: object }) => object;
  readonly unmount: (component: object) => Promise<void>;
}

/** Imports a file of the package by its path: in Node its exports lead to the code for servers. */
function importFile(path: string): Promise<unknown> {
  return import(pathToFileURL(resolve('node_modules/svelte/src', path)).href);
}

export const mountSvelte: Mount = async (target, taskId) => {
  const runtime = await importFile('internal/client/index.js');
  const { flushSync, mount, unmount } = (await importFile('index-client.js')) as SvelteClient;
  const { js } = compileModule('export const props = $state({ taskId: "" });', {});
  const { props } = runCompiled(js.code, { 'svelte/internal/client': runtime }) as {
    props: { taskId: string };
  };
  const setTaskId = (id: string) => {
    flushSync(() => {
      props.taskId = id;
    });
    return Promise.resolve();
  };
  await setTaskId(taskId);
  const component = mount(await svelteBadge('client', runtime), { target, props });
  flushSync();
  return {
    setTaskId,
    advance: async (ms) => {
      await vi.advanceTimersByTimeAsync(ms);
      flushSync();
    },
    unmount: () => unmount(component),
  };
};
