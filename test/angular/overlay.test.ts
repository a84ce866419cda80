// @vitest-environment jsdom
import './test-bed.js';
import { HttpClient, HttpResponse } from '@angular/common/http';
import { NgZone, provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, of, VirtualTimeScheduler } from 'rxjs';
import { injectTaskStatus } from 'rxjs-task-status/angular';
import { describe, expect, test } from 'vitest';
import { overlay, PROVIDED_OPTIONS } from '../../src/angular/provide-task-status.js';
import { scheduleOutside } from '../../src/angular/zone.js';

const fetch = () => new Promise<never>(() => undefined);
const transport = () => NEVER;
const backoff = { jitter: 0 };

describe('options over others', () => {
  test('leave the way of sending alone, and are one themselves', () => {
    expect(overlay({ fetch }, {})).toStrictEqual({ fetch });
    expect(overlay({ transport }, { timeout: 1 })).toStrictEqual({ transport, timeout: 1 });
    expect(overlay({ fetch }, { transport })).toStrictEqual({ transport });
    expect(overlay({ transport }, { fetch })).toStrictEqual({ fetch });
  });

  test('bring no schedule that nobody gave', () => {
    expect(overlay({}, { timeout: 1 })).toStrictEqual({ timeout: 1 });
    expect(overlay({ backoff }, {}).backoff).toBe(backoff);
    expect(overlay({}, { backoff }).backoff).toBe(backoff);
    const both = overlay({ backoff }, { backoff: { factor: 2 } });
    expect(both).toStrictEqual({ backoff: { jitter: 0, factor: 2 } });
  });

  test.each<[value: unknown, shown: string]>([
    [5, 'number'],
    ['bu_key_in_the_wrong_place', 'string'],
    [null, 'object'],
    [[], 'object'],
    [new Map(), 'object'],
    [() => 1, 'function'],
  ])('that are no plain object are refused: %o', (value, shown) => {
    expect(() => overlay({}, value as object)).toThrow(
      new TypeError(
        `overrides must be a plain object, got ${shown}; in mergeMap and its like write (id) => watch$(id)`,
      ),
    );
  });

  test('may be an object without a prototype', () => {
    const bare: object = Object.assign(Object.create(null) as object, { timeout: 1 });
    expect(overlay({}, bare)).toStrictEqual({ timeout: 1 });
  });
});

test('the token has the name of the package', () => {
  expect(String(PROVIDED_OPTIONS)).toBe('InjectionToken rxjs-task-status');
});

test('outside of the zone the clock is the same', () => {
  const scheduler = new VirtualTimeScheduler();
  scheduler.frame = 42;
  TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
  expect(scheduleOutside(TestBed.inject(NgZone), scheduler).now()).toBe(42);
});

test('a client alone will do, as a test may provide it', () => {
  const get = () => of(new HttpResponse({ status: 200, body: '"finished"' }));
  TestBed.configureTestingModule({
    providers: [provideZonelessChangeDetection(), { provide: HttpClient, useValue: { get } }],
  });
  const told: string[] = [];
  const watch$ = TestBed.runInInjectionContext(() => injectTaskStatus());
  watch$('task_1').subscribe((status) => told.push(status));
  expect(told).toEqual(['finished']);
});
