import { vi } from 'vitest';
import { createApp, h, nextTick, shallowRef } from 'vue';
import type { Mount } from './mounted.js';
import { vueBadge } from './vue-badge.js';

export const mountVue: Mount = async (target, taskId) => {
  const badge = await vueBadge();
  const id = shallowRef(taskId);
  const app = createApp(() => h(badge, { taskId: id.value }));
  app.mount(target);
  await nextTick();
  return {
    setTaskId: (next) => {
      id.value = next;
      return nextTick();
    },
    advance: async (ms) => {
      await vi.advanceTimersByTimeAsync(ms);
    },
    unmount: () => {
      app.unmount();
      return nextTick();
    },
  };
};
