// @vitest-environment jsdom
import './test-bed.js';
import { HttpClient, HttpResponse } from '@angular/common/http';
import { NgZone, provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { of, VirtualTimeScheduler } from 'rxjs';
import { injectTaskStatus } from 'rxjs-task-status/angular';
import { expect, test } from 'vitest';
import { PROVIDED } from '../../src/angular/provide-task-status.js';
import { scheduleOutside } from '../../src/angular/zone.js';

test('the token has the name of the package', () => {
  expect(String(PROVIDED)).toBe('InjectionToken rxjs-task-status');
});

test('a scheduler outside the zone reads the same clock', () => {
  const scheduler = new VirtualTimeScheduler();
  scheduler.frame = 42;
  TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
  expect(scheduleOutside(TestBed.inject(NgZone), scheduler).now()).toBe(42);
});

test('a test may provide only HttpClient', () => {
  const request = () => of(new HttpResponse({ status: 200, body: '"finished"' }));
  TestBed.configureTestingModule({
    providers: [provideZonelessChangeDetection(), { provide: HttpClient, useValue: { request } }],
  });
  const statuses: string[] = [];
  const watch$ = TestBed.runInInjectionContext(() => injectTaskStatus());
  watch$('task_1').subscribe((status) => statuses.push(status));
  expect(statuses).toEqual(['finished']);
});
