// before anything of Angular: without the compiler its own packages do not link
import '@angular/compiler';
import { HttpTestingController, type TestRequest } from '@angular/common/http/testing';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  runInInjectionContext,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { afterEach, beforeEach, vi } from 'vitest';

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());

afterEach(() => {
  TestBed.resetTestingModule();
});

/** An injection context that can be ended. */
export function context(): { run<T>(create: () => T): T; destroy(): void } {
  const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
  return {
    // Angular's own types: it implements Injector, and does not extend it
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    run: (create) => runInInjectionContext(injector, create),
    destroy: () => injector.destroy(),
  };
}

/** Time passes by `elapse` alone, in every test of the file. */
export function withFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export const BASE = 'https://proxy.example.com/api/v1';

export function urlOf(taskId: string): string {
  return `${BASE}/task/${taskId}/status`;
}

/** No chance in the waits: 1,000 ms between polls, 500 ms before the first retry. */
export const STEADY = {
  baseUrl: BASE,
  backoff: { factor: 1, jitter: 0 },
  retry: { jitter: 0 },
} as const;

/** The one request for a task that has not been answered. */
export function requestFor(taskId: string): TestRequest {
  return TestBed.inject(HttpTestingController).expectOne(urlOf(taskId));
}

/** Answers the one open request for a task with a status. */
export function answer(taskId: string, status: string): void {
  requestFor(taskId).flush(JSON.stringify(status));
}

/** How many requests have left since the last call, answered or not. */
export function requestsFor(taskId: string): TestRequest[] {
  return TestBed.inject(HttpTestingController).match(urlOf(taskId));
}

export function elapse(ms: number): void {
  vi.advanceTimersByTime(ms);
}
