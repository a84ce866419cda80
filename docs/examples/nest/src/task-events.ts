import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { filter, Subject } from 'rxjs';
import type { TaskPoll, TaskStatusPool } from 'rxjs-task-status';
import { InjectTaskStatus } from 'rxjs-task-status/nest';

/** The event for each change of a task's status, with a `TaskPoll`. */
export const TASK_CHANGED = 'task.changed';

/** Emits events for the rest of the application. */
@Injectable()
export class TaskEvents implements OnModuleInit {
  private readonly logger = new Logger(TaskEvents.name);
  private readonly started$ = new Subject<string>();

  constructor(
    @InjectTaskStatus() private readonly pool: TaskStatusPool,
    private readonly events: EventEmitter2,
  ) {}

  /** Watches a task to its end, even if no client waits for it. */
  watch(taskId: string): void {
    this.started$.next(taskId);
  }

  // both streams complete when the module closes the pool
  onModuleInit(): void {
    this.pool.allPolls$
      .pipe(filter(({ changed }) => changed))
      .subscribe((poll: TaskPoll) => this.events.emit(TASK_CHANGED, poll));
    this.pool.statuses$(this.started$).subscribe(({ error }) => {
      if (error !== undefined) this.logger.error(String(error));
    });
  }
}
