import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect, test } from '@jest/globals';
import { TaskNotFoundError, taskStatus$ } from 'rxjs-task-status';
import { taskStatusResource } from 'rxjs-task-status/angular';
import { fakeTaskApi } from 'rxjs-task-status/testing';

@Component({
  selector: 'app-task-badge',
  template: `
    @if (task.error(); as error) {
      <p>{{ error.message }}</p>
    } @else if (task.hasValue()) {
      <p>{{ task.value() }}</p>
    }
  `,
})
class TaskBadge {
  readonly taskId = signal<string | undefined>('task_1');
  readonly task = taskStatusResource(this.taskId);
}

test('a component shows the status that HttpClient brought', () => {
  TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
  const badge = TestBed.createComponent(TaskBadge);
  const http = TestBed.inject(HttpTestingController);
  TestBed.tick();
  http.expectOne('https://api.browser-use.com/api/v1/task/task_1/status').flush('"finished"');
  badge.detectChanges();
  expect((badge.nativeElement as HTMLElement).textContent?.trim()).toBe('finished');
});

test('the main entry and the one for tests are loaded beside it', async () => {
  const { fetch } = fakeTaskApi({});
  const error = await new Promise((resolve) => {
    taskStatus$('task_1', { fetch }).subscribe({ error: resolve });
  });
  expect(error).toBeInstanceOf(TaskNotFoundError);
});
