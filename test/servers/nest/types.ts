// What must compile with each version of NestJS, and what must not.
import { HttpService } from '@nestjs/axios';
import { browserUseV2, createTaskStatusPool } from 'rxjs-task-status';
import {
  httpServiceTransport,
  InjectTaskStatus,
  TaskStatusExceptionFilter,
  TaskStatusModule,
  toMessageEvents,
} from 'rxjs-task-status/nest';

export const modules = [
  TaskStatusModule.forRoot({
    api: browserUseV2,
    knownStatus: 'finished',
    backoff: { delay: (seen, status) => (status === 'started' ? 1 : seen) },
  }),
  TaskStatusModule.forRootAsync({
    useFactory: (http: HttpService) => ({
      api: browserUseV2,
      transport: httpServiceTransport(http),
    }),
    inject: [HttpService],
    name: 'second',
  }),
  // @ts-expect-error not a status of this API
  TaskStatusModule.forRoot({ api: browserUseV2, knownStatus: 'nonsense' }),
];

export class Service {
  @InjectTaskStatus('second')
  readonly second: unknown;

  constructor(@InjectTaskStatus() readonly pool: unknown) {}
}

export const events = [
  createTaskStatusPool({}).polls$('task_1').pipe(toMessageEvents()),
  createTaskStatusPool({ api: browserUseV2 })
    .status$('task_1')
    .pipe(toMessageEvents({ api: browserUseV2 })),
];

export const filter = new TaskStatusExceptionFilter();
