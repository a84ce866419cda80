import { act, createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { vi } from 'vitest';
import { TaskBadge } from '../../../docs/examples/frameworks/react/task-badge.js';
import type { Mount } from './mounted.js';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

/** In StrictMode, which mounts each component twice. */
export const mountReact: Mount = async (target, taskId) => {
  const root = createRoot(target);
  const setTaskId = (id: string) =>
    act(async () => {
      root.render(createElement(StrictMode, null, createElement(TaskBadge, { taskId: id })));
      await Promise.resolve();
    });
  await setTaskId(taskId);
  return {
    setTaskId,
    advance: (ms) =>
      act(async () => {
        await vi.advanceTimersByTimeAsync(ms);
      }),
    unmount: () =>
      act(async () => {
        root.unmount();
        await Promise.resolve();
      }),
  };
};
