import { TestScheduler } from 'rxjs/testing';
import { isTaskStatusError, toStatus } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { record } from './docs/marbles/record.js';
import { startScene, type Scene, scenes } from './docs/marbles/scenes.js';

const STATUSES = { c: 'created', r: 'running', p: 'paused', f: 'finished' };

/** Each figure of the documentation as a marble diagram. An answer takes 300 ms. */
const diagrams: Record<
  keyof typeof scenes,
  { marbles: string; error?: string; unsubscribed?: string }
> = {
  // requests at 0, 1300, 3100, 4400, 6200, 8750 and 12425 ms
  'task-status': { marbles: '300ms c 3099ms r 9324ms (f|)' },
  // running: delays of 1000, 1500, 2250, 3375 and 5000 ms; paused restarts the backoff
  backoff: { marbles: '300ms r 14624ms p 9324ms (f|)' },
  // a 503 at 3400 and at 4200 ms, retried after 500 and 1500 ms; then polls 2250 and 3375 ms apart
  retry: { marbles: '300ms r 11924ms (f|)' },
  'retry-after': { marbles: '300ms r 7399ms (f|)' },
  'not-found': { marbles: '300ms #', error: 'TaskNotFoundError' },
  'not-found-grace': { marbles: '3400ms c 3099ms (f|)' },
  pause: { marbles: '300ms r 7999ms (f|)' },
  'poll-now': { marbles: '300ms r 6499ms (f|)' },
  deadline: { marbles: '300ms r 7999ms (f|)' },
  timeout: { marbles: '300ms r 4999ms #', error: 'TaskTimeoutError' },
  'known-status': { marbles: '5950ms (f|)' },
  unsubscribe: { marbles: '300ms r', unsubscribed: '3250ms !' },
};

describe('the marble diagrams of the documentation', () => {
  test.each(Object.entries<Scene>(scenes))('%s', (name, scene) => {
    const { marbles, error, unsubscribed } = diagrams[name as keyof typeof scenes];
    const scheduler = new TestScheduler((actual: Frame[], expected: Frame[]) => {
      expect(actual.map(named)).toEqual(expected.map(named));
    });
    scheduler.run(({ expectObservable }) => {
      const { polls$ } = startScene(scene);
      expectObservable(polls$.pipe(toStatus()), unsubscribed).toBe(marbles, STATUSES, error);
    });
  });

  test.each(Object.entries<Scene>(scenes))('%s is drawn from the same run', (name, scene) => {
    const { marbles, error, unsubscribed } = diagrams[name as keyof typeof scenes];
    // inside run() a character is a millisecond
    const frames = new TestScheduler(() => true).run(() =>
      TestScheduler.parseMarbles(marbles, STATUSES, error, false, true),
    );
    const { emissions, end } = record(scene);
    const last = frames.at(-1)?.notification.kind;
    const how = last === 'C' ? 'complete' : last === 'E' ? error : 'unsubscribed';
    expect(end.how).toBe(how);
    expect(unsubscribed ?? '').toBe(how === 'unsubscribed' ? `${end.at}ms !` : '');
    expect(emissions).toEqual(
      frames.flatMap(({ frame, notification }) =>
        notification.kind === 'N' ? [[frame, notification.value]] : [],
      ),
    );
  });
});

interface Frame {
  readonly frame: number;
  readonly notification: { readonly kind: string; readonly error?: unknown };
}

/** Replaces an error by its name: other tests check its fields. */
function named(value: Frame): Frame {
  const { frame, notification } = value;
  return isTaskStatusError(notification.error)
    ? { frame, notification: { ...notification, error: notification.error.name } }
    : value;
}
