import {
  BadRequestException,
  Body,
  Controller,
  DefaultValuePipe,
  GatewayTimeoutException,
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
import {
  catchError,
  map,
  merge,
  of,
  startWith,
  take,
  timer,
  withLatestFrom,
  type Observable,
} from 'rxjs';
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

/** The shortest, seconds: enough for a first status. */
const MIN_WAIT = 1;

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
   * Waits for the end of a task: 200 with the result. After `wait` seconds: 202 with the last status,
   * or 504 if the task API has not answered.
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
    const seconds = Math.min(Math.max(wait, MIN_WAIT), MAX_WAIT);
    const atLimit$ = timer(seconds * 1_000).pipe(
      // undefined until there is a status
      withLatestFrom(this.pool.status$(id).pipe(startWith(undefined))),
      map(([, status]) => {
        if (status === undefined) {
          throw new GatewayTimeoutException('The task API has not answered in time');
        }
        response.status(HttpStatus.ACCEPTED);
        return { taskId: id, status };
      }),
    );
    return merge(ended$, atLimit$).pipe(take(1));
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
