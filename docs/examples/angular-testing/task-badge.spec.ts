import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { provideZonelessChangeDetection } from '@angular/core';
import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { provideTaskStatus } from 'rxjs-task-status/angular';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TaskBadge } from './task-badge.js';

describe('TaskBadge', () => {
  let http: HttpTestingController;
  let badge: ComponentFixture<TaskBadge>;

  beforeEach(() => {
    // before the component, whose delays are timers
    vi.useFakeTimers();
    TestBed.configureTestingModule({
      providers: [
        provideZonelessChangeDetection(),
        provideHttpClient(),
        provideHttpClientTesting(),
        // no jitter, and every poll delay is 1,000 ms
        provideTaskStatus({ backoff: { factor: 1, jitter: 0 }, retry: { jitter: 0 } }),
      ],
    });
    http = TestBed.inject(HttpTestingController);
    badge = TestBed.createComponent(TaskBadge);
  });

  afterEach(() => {
    // fails if a request is still open, unless it was cancelled
    badge.destroy();
    http.verify({ ignoreCancelled: true });
    vi.useRealTimers();
  });

  const expectPoll = (taskId: string) =>
    http.expectOne(`https://api.browser-use.com/api/v1/task/${taskId}/status`);

  function show(taskId: string): void {
    badge.componentInstance.taskId.set(taskId);
    // runs the effect that starts the watch
    TestBed.tick();
  }

  function text(role: string): string | undefined {
    TestBed.tick();
    const element = badge.nativeElement as HTMLElement;
    return element.querySelector(`[role="${role}"]`)?.textContent?.trim();
  }

  it('shows each status of the task until its end', () => {
    show('task_1');
    expect(text('status')).toBe('loading');
    for (const status of ['created', 'running', 'finished']) {
      expectPoll('task_1').flush(JSON.stringify(status));
      expect(text('status')).toBe(status);
      vi.advanceTimersByTime(1_000);
    }
    http.expectNone(({ url }) => url.includes('task_1'));
  });

  it('shows another task when the id changes, and cancels the request for the first', () => {
    show('task_1');
    const first = expectPoll('task_1');
    show('task_2');
    expect(first.cancelled).toBe(true);
    expectPoll('task_2').flush('"paused"');
    expect(text('status')).toBe('paused');
  });

  it('shows the message of a 404', () => {
    show('task_1');
    expectPoll('task_1').flush('{"detail": "Task not found"}', {
      status: 404,
      statusText: 'Not Found',
    });
    expect(text('alert')).toBe('Task "task_1" was not found (404): Task not found');
  });

  it('keeps the status while the connection is lost, and retries', () => {
    show('task_1');
    expectPoll('task_1').flush('"running"');
    vi.advanceTimersByTime(1_000);
    expectPoll('task_1').error(new ProgressEvent('error'));
    expect(text('status')).toBe('running');
    vi.advanceTimersByTime(500);
    expectPoll('task_1').flush('"finished"');
    expect(text('status')).toBe('finished');
  });

  it('polls at once after a click on Refresh', () => {
    show('task_1');
    expectPoll('task_1').flush('"running"');
    vi.advanceTimersByTime(300);
    (badge.nativeElement as HTMLElement).querySelector('button')?.click();
    expectPoll('task_1').flush('"stopped"');
    expect(text('status')).toBe('stopped');
  });
});
