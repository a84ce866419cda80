// @vitest-environment jsdom
import { elapse, requestFor, requestsFor, STEADY, withFakeTime } from './test-bed.js';
import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { PLATFORM_ID, provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { retry, type Observable } from 'rxjs';
import { browserUseV2, type TaskStatus } from 'rxjs-task-status';
import {
  injectTaskStatus,
  provideTaskStatus,
  taskStatusResource,
  type InjectedTaskStatus,
} from 'rxjs-task-status/angular';
import { expect, expectTypeOf, test } from 'vitest';

withFakeTime();

function injectOnServer(requestTimeout?: number): InjectedTaskStatus {
  TestBed.configureTestingModule({
    providers: [
      provideZonelessChangeDetection(),
      provideHttpClient(),
      provideHttpClientTesting(),
      { provide: PLATFORM_ID, useValue: 'server' },
      provideTaskStatus({ ...STEADY, ssr: 'once', maxConcurrent: 2, requestTimeout }),
    ],
  });
  return TestBed.runInInjectionContext(() => injectTaskStatus());
}

/** The outcome of each watch of a list that is longer than `maxConcurrent`. */
function watchList(watch$: InjectedTaskStatus): string[] {
  const outcomes: string[] = [];
  for (const taskId of ['a', 'b', 'c', 'd', 'e']) {
    watch$(taskId).subscribe({
      error: (error: unknown) => outcomes.push(String(error)),
    });
  }
  return outcomes;
}

test.each([
  [undefined, 3_000],
  [500, 500],
])('a list longer than maxConcurrent ends at requestTimeout (%s)', (requestTimeout, limit) => {
  const outcomes = watchList(injectOnServer(requestTimeout));
  elapse(limit - 1);
  expect(outcomes).toEqual([]);
  elapse(1);
  expect([...outcomes].sort()).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map(
      (taskId) =>
        `RequestTimeoutError: The request for task "${taskId}" got no answer within ${limit} ms (requestTimeout)`,
    ),
  );
});

test('a resource without a turn shows that there was no answer', () => {
  injectOnServer();
  const tasks = ['a', 'b', 'c'].map((taskId) =>
    TestBed.runInInjectionContext(() => taskStatusResource(() => taskId)),
  );
  TestBed.tick();
  elapse(3_000);
  expect(tasks.map((task) => task.error()?.name)).toEqual([
    'RequestTimeoutError',
    'RequestTimeoutError',
    'RequestTimeoutError',
  ]);
});

test('a retry that does not wait ends without a status', () => {
  const events: string[] = [];
  injectOnServer()('a')
    .pipe(retry())
    .subscribe({
      next: (status) => events.push(status),
      error: () => events.push('error'),
      complete: () => events.push('complete'),
    });
  requestFor('a').flush('', { status: 404, statusText: 'Not Found' });
  elapse(60_000);
  expect(events).toEqual([]);
  expect(requestsFor('a')).toHaveLength(0);
});

test('the statuses have the type of the API, whatever the caller does with them', () => {
  const watch$ = injectOnServer();
  // a function that returns `Observable<TaskStatus | undefined>` must not make it `Observable<string>`
  expectTypeOf(() => watch$('a')).returns.toEqualTypeOf<Observable<TaskStatus>>();
  expectTypeOf(() => watch$('a', { api: browserUseV2 })).returns.toEqualTypeOf<
    Observable<(typeof browserUseV2.statuses)[number]>
  >();
  // @ts-expect-error: a status of the API is missing
  const some$: Observable<'finished'> = watch$('a', { api: browserUseV2 });
  expect(some$).toBeDefined();
});
