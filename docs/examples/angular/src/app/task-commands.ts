import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { inject, Injectable } from '@angular/core';
import { ignoreElements, type Observable } from 'rxjs';
import type { Task } from './task-row';

/** Starts and stops tasks, over the application's own server. */
@Injectable({ providedIn: 'root' })
export class TaskCommands {
  private readonly http = inject(HttpClient);

  /** Emits the task when it has been started. */
  start(task: string): Observable<Task> {
    return this.http.post<Task>('api/tasks', { task });
  }

  /** Completes when the service has been asked to stop the task. */
  stop(taskId: string): Observable<never> {
    const url = `api/tasks/${encodeURIComponent(taskId)}/stop`;
    return this.http.post(url, {}).pipe(ignoreElements());
  }
}

/** Why a command has failed, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof HttpErrorResponse)) return String(error);
  const detail: unknown = error.error?.detail;
  return typeof detail === 'string' ? detail : 'the server cannot be reached';
}
