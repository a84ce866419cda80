// @vitest-environment jsdom
import { answer, requestFor, requestsFor, STEADY } from './test-bed.js';
import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import {
  ApplicationRef,
  effect,
  NgZone,
  provideZoneChangeDetection,
  provideZonelessChangeDetection,
} from '@angular/core';
import { createWatch } from '@angular/core/primitives/signals';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { interval, Observable, of, Subject } from 'rxjs';
import {
  injectTaskStatus,
  provideTaskStatus,
  taskStatusResource,
  type InjectedTaskStatus,
} from 'rxjs-task-status/angular';

// in this order: zone.js must patch the fake timers
vi.useFakeTimers();
await import('zone.js');
// Angular warns about zone.js in a zoneless application
vi.spyOn(console, 'warn').mockReturnValue();

/** Also runs microtasks, in which a zone finds that it is stable. */
async function elapse(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

describe.each([
  ['with zone.js', provideZoneChangeDetection()],
  ['zoneless', provideZonelessChangeDetection()],
])('%s', (name, changeDetection) => {
  const zoned = name === 'with zone.js';
  let sentInZone: boolean[];
  let answersInZone: boolean;
  let stable: boolean;
  let watch$: InjectedTaskStatus;

  beforeEach(() => {
    sentInZone = [];
    answersInZone = true;
    TestBed.configureTestingModule({
      providers: [
        changeDetection,
        provideHttpClient(
          withInterceptors([
            (request, next) => {
              sentInZone.push(NgZone.isInAngularZone());
              if (!answersInZone) return next(request);
              const zone = TestBed.inject(NgZone);
              // answers inside the zone, as an interceptor that waits for a token does
              return new Observable((subscriber) =>
                next(request).subscribe({
                  next: (event) => zone.run(() => subscriber.next(event)),
                  error: (error: unknown) => zone.run(() => subscriber.error(error)),
                  complete: () => zone.run(() => subscriber.complete()),
                }),
              );
            },
          ]),
        ),
        provideHttpClientTesting(),
        provideTaskStatus(STEADY),
      ],
    });
    watch$ = TestBed.runInInjectionContext(() => injectTaskStatus());
    TestBed.inject(ApplicationRef).isStable.subscribe((is) => (stable = is));
  });

  function inZone<T>(run: () => T): T {
    return TestBed.inject(NgZone).run(run);
  }

  test('a timer inside the zone keeps the application from being stable', async () => {
    inZone(() => setTimeout(() => undefined, 1_000));
    await elapse(100);
    expect(stable).toBe(!zoned);
    await elapse(1_000);
    expect(stable).toBe(true);
  });

  test.each([true, false])(
    'a watch emits, errors and completes inside the zone (answered inside: %s)',
    async (inZone) => {
      answersInZone = inZone;
      const inside: boolean[] = [];
      const note = (): unknown => inside.push(NgZone.isInAngularZone());
      for (const taskId of ['task_1', 'task_2']) {
        watch$(taskId).subscribe({ next: note, error: note, complete: note });
      }
      answer('task_1', 'created');
      await elapse(1_000);
      answer('task_1', 'finished');
      requestFor('task_2').flush('', { status: 404, statusText: 'Not Found' });
      expect(inside).toEqual([zoned, zoned, zoned, zoned]);
    },
  );

  test('a resource changes inside the zone, and only if the status has changed', async () => {
    answersInZone = false;
    const task = TestBed.runInInjectionContext(() => taskStatusResource(() => 'task_1'));
    TestBed.tick();
    const inside: boolean[] = [];
    // unlike an effect, it is notified synchronously, in the zone of the change
    const watch = createWatch(
      () => task.status(),
      () => inside.push(NgZone.isInAngularZone()),
      false,
    );
    watch.run();
    answer('task_1', 'running');
    expect(inside).toEqual([zoned]);
    watch.run();
    await elapse(1_000);
    answer('task_1', 'running');
    expect(inside).toEqual([zoned]);
    await elapse(1_000);
    requestFor('task_1').flush('', { status: 404, statusText: 'Not Found' });
    expect(inside).toEqual([zoned, zoned]);
    watch.cleanup();
  });

  test('a poll that changes nothing does not enter the zone', async () => {
    const transport = () =>
      Promise.resolve({ status: 200, headers: new Headers(), body: '"running"' });
    const task = TestBed.runInInjectionContext(() =>
      taskStatusResource(() => 'task_1', { transport }),
    );
    TestBed.tick();
    await elapse(0);
    const onUnstable = vi.fn();
    TestBed.inject(NgZone).onUnstable.subscribe(onUnstable);
    await elapse(5_000);
    expect(task.value()).toBe('running');
    expect(onUnstable).not.toHaveBeenCalled();
  });

  test('a custom transport is called outside the zone', async () => {
    const pollNow$ = new Subject<void>();
    const transport = vi.fn(() => {
      sentInZone.push(NgZone.isInAngularZone());
      return of({ status: 200, headers: new Headers(), body: '"running"' });
    });
    inZone(() => watch$('task_1', { transport, pollNow: pollNow$ }).subscribe());
    await elapse(500);
    inZone(() => pollNow$.next());
    expect(sentInZone).toEqual([false, false]);
  });

  test('a watch sends its requests outside the zone, also if pollNow emits inside it', async () => {
    const pollNow$ = new Subject<void>();
    inZone(() => watch$('task_1', { pollNow: pollNow$ }).subscribe());
    answer('task_1', 'running');
    await elapse(1_000);
    answer('task_1', 'running');
    await elapse(500);
    inZone(() => pollNow$.next());
    answer('task_1', 'running');
    expect(sentInZone).toEqual([false, false, false]);
  });

  test('a watch leaves the application stable between requests', async () => {
    const pollNow$ = new Subject<void>();
    inZone(() => watch$('task_1', { pollNow: pollNow$, timeout: 3_600_000 }).subscribe());
    for (let turn = 0; turn < 4; turn++) {
      answer('task_1', 'running');
      await elapse(100);
      expect(stable).toBe(true);
      await elapse(300);
      if (turn % 2) inZone(() => pollNow$.next());
      else await elapse(600);
    }
    expect(requestsFor('task_1')).toHaveLength(1);
  });

  test('the timers of a notifier leave the application stable', async () => {
    inZone(() => watch$('task_1', { pollNow: interval(60_000) }).subscribe());
    answer('task_1', 'running');
    await elapse(100);
    expect(stable).toBe(true);
  });

  test('a transport that answers at once starts no change detection inside another one', async () => {
    let body = '"running"';
    const transport = () => of({ status: 200, headers: new Headers(), body });
    const create = () => taskStatusResource(() => 'task_1', { transport });
    const a = TestBed.runInInjectionContext(create);
    const b = TestBed.runInInjectionContext(create);
    // Angular logs NG0101
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    TestBed.tick();
    expect([a.value(), b.value()]).toEqual(['running', 'running']);
    await elapse(500);
    body = '"paused"';
    const statuses: string[] = [];
    TestBed.runInInjectionContext(() => {
      effect(() => {
        a.reload();
      });
      effect(() => watch$('task_2', { transport }).subscribe((status) => statuses.push(status)));
    });
    TestBed.tick();
    expect([a.value(), b.value(), statuses]).toEqual(['paused', 'paused', ['paused']]);
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
  });

  test('a stream that emits during subscribe does so in the zone of its subscriber', () => {
    const transport = () => of({ status: 200, headers: new Headers(), body: '"finished"' });
    const inside: boolean[] = [];
    const note = (): unknown => inside.push(NgZone.isInAngularZone());
    const subscribe = (): unknown =>
      watch$('task_1', { transport }).subscribe({ next: note, complete: note });
    subscribe();
    inZone(subscribe);
    expect(inside).toEqual([false, false, zoned, zoned]);
  });

  test('a resource leaves the application stable between requests', async () => {
    const task = TestBed.runInInjectionContext(() =>
      inZone(() => taskStatusResource(() => 'task_1')),
    );
    inZone(() => TestBed.tick());
    answer('task_1', 'running');
    await elapse(100);
    expect(stable).toBe(true);
    await elapse(400);
    inZone(() => task.reload());
    answer('task_1', 'paused');
    await elapse(100);
    expect(stable).toBe(true);
    expect(task.value()).toBe('paused');
    expect(sentInZone).toEqual([false, false]);
  });
});
