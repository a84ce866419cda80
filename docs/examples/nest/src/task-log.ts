import { Injectable, Logger } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import type { TaskPoll } from 'rxjs-task-status';
import { TASK_CHANGED } from './task-events.js';

/** Writes each change to the log: an example of code that does not depend on the task API. */
@Injectable()
export class TaskLog {
  private readonly logger = new Logger(TaskLog.name);

  @OnEvent(TASK_CHANGED)
  log({ taskId, status, attempt }: TaskPoll): void {
    this.logger.log(`${taskId} is ${status} (request ${attempt})`);
  }
}
