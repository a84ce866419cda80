import {
  BadRequestException,
  Body,
  Controller,
  DefaultValuePipe,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Res,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { catchError, map, merge, of, switchMap, take, tap, timer, type Observable } from 'rxjs';
import {
  browserUseV1,
  TaskUnsuccessfulError,
  type TaskStatus,
  type TaskStatusPool,
} from 'rxjs-task-status';
import { InjectTaskStatus, toMessageEvents } from 'rxjs-task-status/nest';
import { knownStatusOf } from 'rxjs-task-status/node';
import { TaskEvents } from './task-events.js';
import { TaskIdPipe } from './task-id.pipe.js';
import { TaskRunner } from './task-runner.js';

/** The longest time that a request waits for the end of a task, seconds. */
const MAX_WAIT = 60;

/** A task as a client sees it. Only a finished task has a `result`. */
interface TaskView {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly result?: unknown;
}

@Controller('tasks')
export class TasksController {
  constructor(
    private readonly runner: TaskRunner,
    private readonly events: TaskEvents,
    @InjectTaskStatus() private readonly pool: TaskStatusPool,
  ) {}

  /** Starts a task. */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  async start(@Body('task') task: unknown): Promise<{ id: string }> {
    if (typeof task !== 'string' || task.trim() === '') {
      throw new BadRequestException('task must be the text of the task');
    }
    const id = await this.runner.start(task);
    this.events.watch(id);
    return { id };
  }

  /**
   * Waits for the end of a task: 200 with the result, or 202 with the status if the task is still
   * running after `wait` seconds.
   */
  @Get(':id')
  find(
    @Param('id', TaskIdPipe) id: string,
    @Query('wait', new DefaultValuePipe(30), ParseIntPipe) wait: number,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): Observable<TaskView> {
    const ended$ = this.pool.result$(id).pipe(
      catchError((error: unknown) => {
        // a closed pool is a 503, see TaskStatusExceptionFilter
        if (!(error instanceof TaskUnsuccessfulError) || !error.ended) throw error;
        return of({ taskId: id, status: error.taskStatus as TaskStatus });
      }),
    );
    const running$ = timer(Math.min(wait, MAX_WAIT) * 1_000).pipe(
      switchMap(() => this.pool.status$(id)),
      map((status) => ({ taskId: id, status })),
      tap(() => response.status(HttpStatus.ACCEPTED)),
    );
    return merge(ended$, running$).pipe(take(1));
  }

  /** The statuses of a task as server-sent events. A page closes its `EventSource` on the event `end`. */
  @Sse(':id/events')
  follow(
    @Param('id', TaskIdPipe) id: string,
    @Headers('last-event-id') lastEventId?: string,
  ): Observable<MessageEvent> {
    const knownStatus = knownStatusOf(lastEventId);
    return this.pool
      .status$(id, { knownStatus })
      .pipe(toMessageEvents({ api: browserUseV1, knownStatus }));
  }
}
