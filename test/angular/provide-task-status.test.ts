// @vitest-environment jsdom
import { context, requestFor, STEADY, withFakeTime } from './test-bed.js';
import { PlatformLocation } from '@angular/common';
import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import {
  inject,
  InjectionToken,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  type EnvironmentProviders,
  type Provider,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { browserUseV2 } from 'rxjs-task-status';
import { injectTaskStatus, provideTaskStatus } from 'rxjs-task-status/angular';
import { afterEach, describe, expect, test, vi } from 'vitest';

withFakeTime();

afterEach(() => {
  vi.unstubAllGlobals();
});

const KEY = new InjectionToken<string>('KEY', { factory: () => 'bu_root' });

function configure(...providers: (Provider | EnvironmentProviders)[]): void {
  TestBed.configureTestingModule({
    providers: [
      provideZonelessChangeDetection(),
      provideHttpClient(),
      provideHttpClientTesting(),
      ...providers,
    ],
  });
}

describe('provideTaskStatus with a function', () => {
  test('calls it once, in the injection context', () => {
    const options = vi.fn(() => ({ ...STEADY, apiKey: inject(KEY) }));
    configure(provideTaskStatus(options));
    expect(options).not.toHaveBeenCalled();
    for (const taskId of ['a', 'b']) {
      TestBed.runInInjectionContext(() => injectTaskStatus())(taskId).subscribe();
      expect(requestFor(taskId).request.headers.get('authorization')).toBe('Bearer bu_root');
    }
    expect(options).toHaveBeenCalledTimes(1);
  });

  test('throws for an option that is not valid when the first watch is created', () => {
    configure(provideTaskStatus(() => ({ timeout: -1 })));
    expect(() => TestBed.runInInjectionContext(() => injectTaskStatus())).toThrow(RangeError);
  });

  test('takes the options of another API', () => {
    expect(() => provideTaskStatus(() => ({ api: browserUseV2 }))).not.toThrow();
  });
});

test('an invalid maxConcurrent throws at the call', () => {
  expect(() => provideTaskStatus({ maxConcurrent: 0 })).toThrow('maxConcurrent');
});

describe('apiKey', () => {
  const apiKey = (): string => inject(KEY);

  test('can use inject()', () => {
    configure(provideTaskStatus({ ...STEADY, apiKey }));
    TestBed.runInInjectionContext(() => injectTaskStatus())('task_1').subscribe();
    expect(requestFor('task_1').request.headers.get('authorization')).toBe('Bearer bu_root');
  });

  test('can use inject() in what a function of provideTaskStatus returns', () => {
    configure(provideTaskStatus(() => ({ ...STEADY, apiKey })));
    TestBed.runInInjectionContext(() => injectTaskStatus())('task_1').subscribe();
    expect(requestFor('task_1').request.headers.get('authorization')).toBe('Bearer bu_root');
  });

  test('can use inject() in the options of injectTaskStatus and of a call', () => {
    configure(provideTaskStatus(STEADY));
    const parent = context();
    parent
      .run(() => injectTaskStatus({ apiKey }))('task_1')
      .subscribe();
    parent
      .run(() => injectTaskStatus())('task_2', { apiKey })
      .subscribe();
    for (const taskId of ['task_1', 'task_2']) {
      expect(requestFor(taskId).request.headers.get('authorization')).toBe('Bearer bu_root');
    }
  });

  test('is called for every request', async () => {
    const key = vi.fn(() => Promise.resolve('bu_key'));
    configure(provideTaskStatus({ ...STEADY, apiKey: key }));
    TestBed.runInInjectionContext(() => injectTaskStatus())('task_1').subscribe();
    await vi.advanceTimersByTimeAsync(0);
    requestFor('task_1').flush('"running"');
    await vi.advanceTimersByTimeAsync(1_000);
    requestFor('task_1');
    expect(key).toHaveBeenCalledTimes(2);
  });
});

describe('a relative baseUrl', () => {
  function urlOfRequest(): string {
    TestBed.runInInjectionContext(() => injectTaskStatus({ ssr: 'once' }))('task_1').subscribe();
    return TestBed.inject(HttpTestingController).expectOne(() => true).request.url;
  }

  test('is resolved against the page', () => {
    configure(provideTaskStatus({ baseUrl: '/api/v1' }));
    expect(urlOfRequest()).toBe(`${location.origin}/api/v1/task/task_1/status`);
  });

  test('is resolved against the URL of the request where there is no page', () => {
    vi.stubGlobal('location', undefined);
    configure(
      { provide: PLATFORM_ID, useValue: 'server' },
      { provide: PlatformLocation, useValue: { href: 'https://app.example.com/tasks/1' } },
      provideTaskStatus({ baseUrl: '/api/v1' }),
    );
    expect(urlOfRequest()).toBe('https://app.example.com/api/v1/task/task_1/status');
  });

  test('is needed by no watch of the server that makes no request', () => {
    vi.stubGlobal('location', undefined);
    configure(
      { provide: PLATFORM_ID, useValue: 'server' },
      { provide: PlatformLocation, useValue: { href: '' } },
      provideTaskStatus({ baseUrl: '/api/v1' }),
    );
    const watch$ = TestBed.runInInjectionContext(() => injectTaskStatus());
    expect(() => watch$('task_1').subscribe()).not.toThrow();
  });
});
