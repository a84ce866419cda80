// first: Angular's packages cannot be linked without the compiler
import '@angular/compiler';
import { HttpTestingController, type TestRequest } from '@angular/common/http/testing';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  runInInjectionContext,
  type EnvironmentProviders,
  type Provider,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { afterEach, beforeEach, vi } from 'vitest';

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());

afterEach(() => {
  TestBed.resetTestingModule();
});

/** An injection context that can be destroyed. */
export function context(...providers: (Provider | EnvironmentProviders)[]): {
  run<T>(create: () => T): T;
  destroy(): void;
} {
  const injector = createEnvironmentInjector(providers, TestBed.inject(EnvironmentInjector));
  return {
    // EnvironmentInjector implements Injector but does not extend it
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    run: (create) => runInInjectionContext(injector, create),
    destroy: () => injector.destroy(),
  };
}

/** In every test of the file only `elapse` moves the clock. */
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

/** Delays without jitter: 1,000 ms between polls, 500 ms before the first retry. */
export const STEADY = {
  baseUrl: BASE,
  backoff: { factor: 1, jitter: 0 },
  retry: { jitter: 0 },
} as const;

/** The one open request for a task. */
export function requestFor(taskId: string): TestRequest {
  return TestBed.inject(HttpTestingController).expectOne(urlOf(taskId));
}

/** Answers the one open request for a task with a status. */
export function answer(taskId: string, status: string): void {
  requestFor(taskId).flush(JSON.stringify(status));
}

/** The open requests for a task since the last call. */
export function requestsFor(taskId: string): TestRequest[] {
  return TestBed.inject(HttpTestingController).match(urlOf(taskId));
}

export function elapse(ms: number): void {
  vi.advanceTimersByTime(ms);
}
