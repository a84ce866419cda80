import { HttpBackend, HttpClient } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { catchError, map, of, retry, startWith, switchMap, throwError, timer } from 'rxjs';
import { taskResult$, type BrowserUseV1Task } from 'rxjs-task-status';
import { httpClientTransport } from 'rxjs-task-status/angular';
import { delayAfter } from '../recovery';
import { STATUS_API } from '../status-api';

/** What has arrived so far. */
interface Loaded {
  readonly result?: BrowserUseV1Task;
  readonly problem?: string;
}

/** Shows what a finished task has returned. */
@Component({
  selector: 'app-task-result',
  template: `
    <h2>Result</h2>
    @if (loaded().result; as result) {
      @if (result.output; as output) {
        <p class="output">{{ output }}</p>
      } @else {
        <p class="hint">The task has returned no output.</p>
      }
      @if (result.steps.length; as count) {
        <p class="hint">{{ count }} {{ count === 1 ? 'step' : 'steps' }}</p>
      }
    } @else if (loaded().problem; as problem) {
      <p class="problem" role="alert">The result could not be loaded: {{ problem }}</p>
    } @else {
      <p class="hint">Loading the result …</p>
    }
  `,
  styles: `
    :host {
      display: block;
      margin-block-end: 1.5rem;
    }
    .output {
      margin-block: 0.75rem;
      padding: 0.75rem 1rem;
      border: 1px solid var(--line);
      border-radius: var(--radius);
      background: var(--page);
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    .hint {
      color: var(--muted);
    }
    .problem {
      color: var(--failed);
      font-weight: 600;
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class TaskResult {
  private readonly options = {
    baseUrl: STATUS_API.baseUrl,
    transport: httpClientTransport(inject(HttpClient), inject(HttpBackend)),
    knownStatus: 'finished',
  } as const;

  /** A task that has finished. */
  readonly taskId = input.required<string>();

  private readonly latest = toSignal(
    toObservable(this.taskId).pipe(
      switchMap((taskId) =>
        taskResult$(taskId, this.options).pipe(
          map(({ result }): Loaded => ({ result })),
          retry({
            delay: (error) => {
              const delay = delayAfter(error);
              return delay === undefined ? throwError(() => error) : timer(delay);
            },
          }),
          catchError((error: Error) => of<Loaded>({ problem: error.message })),
          startWith({}),
        ),
      ),
    ),
    { initialValue: {} },
  );
  protected readonly loaded = computed<Loaded>(() => this.latest());
}
