import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Param,
  type DynamicModule,
} from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { firstValueFrom, of, toArray } from 'rxjs';
import {
  browserUseV2,
  createTaskStatusPool,
  TaskUnsuccessfulError,
  type TaskStatusPool,
  type TaskStatusPoolOptions,
} from 'rxjs-task-status';
import {
  getTaskStatusToken,
  InjectTaskStatus,
  TaskStatusModule,
  type TaskStatusModuleOptions,
} from 'rxjs-task-status/nest';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';
import { withPool } from '../../src/nest/module-definition.js';

const api = fakeTaskApi({ task_1: [['finished', 0]], open: [['running', 0]] });
const { transport } = api;

@Injectable()
class Watcher {
  constructor(@InjectTaskStatus() readonly pool: TaskStatusPool) {}
}

function compile(...imports: (DynamicModule | (new () => object))[]): Promise<TestingModule> {
  return Test.createTestingModule({ imports, providers: [Watcher] }).compile();
}

function statuses({ pool }: Watcher, taskId = 'task_1'): Promise<string[]> {
  return firstValueFrom(pool.status$(taskId).pipe(toArray()));
}

describe('TaskStatusModule.forRoot', () => {
  test('provides a pool with its options', async () => {
    const app = await compile(TaskStatusModule.forRoot({ transport, apiKey: 'key_12345678' }));
    expect(await statuses(app.get(Watcher))).toEqual(['finished']);
    expect(api.requests.at(-1)?.headers).toMatchObject({ Authorization: 'Bearer key_12345678' });
    await app.close();
  });

  test('needs no options', async () => {
    const app = await compile(TaskStatusModule.forRoot());
    expect(app.get(Watcher).pool).toHaveProperty('status$');
    await app.close();
  });

  test('throws at the call for an option that is not valid', () => {
    expect(() => TaskStatusModule.forRoot({ apiKey: '' })).toThrow('apiKey is empty');
    expect(() => TaskStatusModule.forRoot({ maxConcurrent: 0 })).toThrow(RangeError);
    // @ts-expect-error not a status of the default API
    expect(() => TaskStatusModule.forRoot({ knownStatus: 'unknown' })).toThrow(TypeError);
  });

  test('provides the pool to one module only, unless isGlobal is set', async () => {
    @Module({ providers: [Watcher] })
    class Feature {}

    const local: TaskStatusModuleOptions = { transport };
    await expect(compile(TaskStatusModule.forRoot(local), Feature)).rejects.toThrow(
      'TaskStatusPool',
    );
    const app = await compile(TaskStatusModule.forRoot({ ...local, isGlobal: true }), Feature);
    expect(await statuses(app.select(Feature).get(Watcher))).toEqual(['finished']);
    await app.close();
  });

  test('provides several pools, each with its name', async () => {
    @Injectable()
    class Both {
      constructor(
        @InjectTaskStatus() readonly pool: TaskStatusPool,
        @InjectTaskStatus('v2') readonly v2: TaskStatusPool<'finished'>,
      ) {}
    }
    const second = fakeTaskApi({ task_1: [['finished', 0]] }, { api: browserUseV2 });
    const app = await Test.createTestingModule({
      imports: [
        TaskStatusModule.forRoot({ transport }),
        TaskStatusModule.forRoot({ name: 'v2', api: browserUseV2, transport: second.transport }),
      ],
      providers: [Both],
    }).compile();
    const { pool, v2 } = app.get(Both);
    expect(app.get(getTaskStatusToken())).toBe(pool);
    expect(app.get(getTaskStatusToken('v2'))).toBe(v2);
    expect(v2).not.toBe(pool);
    await firstValueFrom(v2.status$('task_1'));
    expect(second.requests[0]?.url).toContain('/api/v2/');
    await app.close();
    for (const closed of [pool, v2]) {
      expect(await firstValueFrom(closed.status$('task_1').pipe(toArray()))).toEqual([]);
    }
  });
});

describe('TaskStatusModule.forRootAsync', () => {
  const OPTIONS = 'options';

  @Module({
    providers: [{ provide: OPTIONS, useValue: { transport } }],
    exports: [OPTIONS],
  })
  class Config {}

  test('takes the options from a factory with injected providers', async () => {
    const app = await compile(
      TaskStatusModule.forRootAsync({
        imports: [Config],
        inject: [OPTIONS],
        useFactory: (options: TaskStatusPoolOptions) => Promise.resolve(options),
      }),
    );
    expect(await statuses(app.get(Watcher))).toEqual(['finished']);
    await app.close();
  });

  test('takes the options from the method create of a class', async () => {
    @Injectable()
    class Factory {
      constructor(@Inject(OPTIONS) private readonly options: TaskStatusPoolOptions) {}

      create(): TaskStatusPoolOptions {
        return this.options;
      }
    }
    const app = await compile(
      TaskStatusModule.forRootAsync({ imports: [Config], useClass: Factory }),
    );
    expect(await statuses(app.get(Watcher))).toEqual(['finished']);
    await app.close();
  });

  test('takes a name, and isGlobal', async () => {
    @Module({ providers: [{ provide: 'own', useExisting: getTaskStatusToken('a') }] })
    class Feature {}

    const app = await Test.createTestingModule({
      imports: [
        TaskStatusModule.forRootAsync({ name: 'a', isGlobal: true, useFactory: () => ({}) }),
        Feature,
      ],
    }).compile();
    expect(app.get('own')).toHaveProperty('status$');
    await app.close();
  });

  test('fails the start of the application for an option that is not valid', async () => {
    const module = TaskStatusModule.forRootAsync({ useFactory: () => ({ requestTimeout: 0 }) });
    await expect(compile(module)).rejects.toThrow('requestTimeout');
  });

  test('provides the pool to a module without other providers', () => {
    const { providers, exports } = withPool({ module: TaskStatusModule }, {});
    expect(providers).toHaveLength(2);
    expect(exports).toEqual([getTaskStatusToken()]);
  });
});

describe('the end of the application', () => {
  test('closes the pool: statuses complete, and waiting for a result fails', async () => {
    const app = await compile(TaskStatusModule.forRoot({ transport }));
    const watcher = app.get(Watcher);
    const seen = statuses(watcher, 'open');
    const result = firstValueFrom(watcher.pool.result$('open')).catch((error: unknown) => error);
    await app.close();
    expect(await seen).toEqual(['running']);
    const error = await result;
    expect(error).toBeInstanceOf(TaskUnsuccessfulError);
    expect(error).toMatchObject({ ended: false, taskStatus: 'running' });
  });

  test('closes a pool that was never used', async () => {
    const app = await compile(TaskStatusModule.forRoot({ transport }));
    await expect(app.close()).resolves.toBeUndefined();
  });
});

describe('overrideProvider', () => {
  @Controller('tasks')
  class Tasks {
    constructor(@InjectTaskStatus() private readonly pool: TaskStatusPool) {}

    @Get(':id')
    find(@Param('id') id: string): Promise<string[]> {
      return firstValueFrom(this.pool.status$(id).pipe(toArray()));
    }
  }

  test('replaces the pool, even if its options are not valid, and closes the new pool', async () => {
    const pool = createTaskStatusPool({ transport });
    const app = await Test.createTestingModule({
      imports: [TaskStatusModule.forRootAsync({ useFactory: () => ({ apiKey: '' }) })],
      controllers: [Tasks],
    })
      .overrideProvider(getTaskStatusToken())
      .useValue(pool)
      .compile();
    expect(await app.get(Tasks).find('task_1')).toEqual(['finished']);
    await app.close();
    expect(await firstValueFrom(pool.status$('task_1').pipe(toArray()))).toEqual([]);
  });

  test('accepts an object with only the methods that are used', async () => {
    const app = await Test.createTestingModule({
      imports: [TaskStatusModule.forRoot()],
      controllers: [Tasks],
    })
      .overrideProvider(getTaskStatusToken())
      .useValue({ status$: () => of('stopped') })
      .compile();
    expect(await app.get(Tasks).find('task_1')).toEqual(['stopped']);
    await expect(app.close()).resolves.toBeUndefined();
  });
});
