// @vitest-environment jsdom
import { answer, context, elapse, requestFor, STEADY, withFakeTime } from './test-bed.js';
import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { Observable } from 'rxjs';
import { browserUseV2, type BrowserUseV2Details, type TaskPoll } from 'rxjs-task-status';
import { injectTaskPolls, provideTaskStatus } from 'rxjs-task-status/angular';
import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest';

withFakeTime();

beforeEach(() => {
  TestBed.configureTestingModule({
    providers: [
      provideZonelessChangeDetection(),
      provideHttpClient(),
      provideHttpClientTesting(),
      provideTaskStatus(STEADY),
    ],
  });
});

describe('injectTaskPolls', () => {
  test('emits every poll and ends as taskPolls$ does', () => {
    const events: unknown[] = [];
    TestBed.runInInjectionContext(() => injectTaskPolls())('task_1').subscribe({
      next: ({ attempt, status, error, nextDelay }) =>
        events.push([attempt, status ?? error?.code, nextDelay]),
      complete: () => events.push('complete'),
    });
    answer('task_1', 'running');
    elapse(1_000);
    requestFor('task_1').flush('', { status: 503, statusText: 'Service Unavailable' });
    elapse(500);
    answer('task_1', 'finished');
    expect(events).toEqual([
      [1, 'running', 1_000],
      [2, 'http', 500],
      [3, 'finished', undefined],
      'complete',
    ]);
  });

  test('emits a permanent failure as a poll and as its error', () => {
    const polls: TaskPoll[] = [];
    const errors: unknown[] = [];
    TestBed.runInInjectionContext(() => injectTaskPolls())('task_1').subscribe({
      next: (poll) => polls.push(poll),
      error: (error: unknown) => errors.push(error),
    });
    requestFor('task_1').flush('', { status: 404, statusText: 'Not Found' });
    expect(errors).toEqual([polls[0]?.error]);
    expect(errors).toMatchObject([{ code: 'not-found' }]);
  });

  test('completes with its injection context', () => {
    const parent = context();
    let completed = false;
    parent
      .run(() => injectTaskPolls())('task_1')
      .subscribe({ complete: () => (completed = true) });
    parent.destroy();
    expect(completed).toBe(true);
  });

  test('throws for what is not valid', () => {
    const polls$ = TestBed.runInInjectionContext(() => injectTaskPolls());
    expect(() => polls$('')).toThrow(TypeError);
    expect(() => polls$('task_1', { timeout: -1 })).toThrow(RangeError);
  });

  test('is typed by the API', () => {
    type Polls = Observable<
      TaskPoll<
        'created' | 'started' | 'finished' | 'unsuccessful' | 'failed' | 'stopped',
        BrowserUseV2Details
      >
    >;
    TestBed.runInInjectionContext(() => {
      expectTypeOf(injectTaskPolls()('task_1')).toEqualTypeOf<Observable<TaskPoll>>();
      expectTypeOf(injectTaskPolls({ api: browserUseV2 })('task_1')).toEqualTypeOf<Polls>();
      expectTypeOf(injectTaskPolls()('task_1', { api: browserUseV2 })).toEqualTypeOf<Polls>();
    });
  });
});
