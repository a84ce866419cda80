import {
  Catch,
  Controller,
  Get,
  Logger,
  NotImplementedException,
  Param,
  Res,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { ServerResponse } from 'node:http';
import {
  AuthenticationError,
  HttpStatusError,
  isTaskStatusError,
  NetworkError,
  RateLimitError,
  RequestTimeoutError,
  TaskNotFoundError,
  TaskTimeoutError,
  TaskUnsuccessfulError,
  TaskValidationError,
  UnexpectedResponseError,
} from 'rxjs-task-status';
import { TaskStatusExceptionFilter } from 'rxjs-task-status/nest';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

const watch = { taskId: 'task_1', attempts: 3, elapsed: 2_000 };
const http = (status: number) => ({ ...watch, status, detail: 'from the task API' });

/** An error as a second copy of the package throws it: `instanceof` does not recognise it. */
const fromSecondCopy = Object.assign(new Error('Task "task_1" was not found (404): gone'), {
  [Symbol.for('rxjs-task-status.error')]: true,
  code: 'not-found',
});

const ERRORS: Record<string, Error> = {
  missing: new TaskNotFoundError(http(404)),
  invalid: new TaskValidationError({ ...http(422), issues: [] }),
  limited: new RateLimitError({ ...http(429), retryAfter: 6_001 }),
  'limited-somehow': new RateLimitError(http(429)),
  late: new TaskTimeoutError({ ...watch, timeout: 5_000, lastStatus: 'running' }),
  slow: new RequestTimeoutError({ ...watch, timeout: 5_000 }),
  refused: new AuthenticationError(http(401)),
  broken: new HttpStatusError(http(500)),
  odd: new UnexpectedResponseError({ ...watch, status: 200, body: 'x', problem: 'no status' }),
  offline: new NetworkError({ ...watch, reason: 'connect ECONNREFUSED 10.0.0.7:443' }),
  failed: new TaskUnsuccessfulError('failed', 'task_1'),
  closed: new TaskUnsuccessfulError('running', 'task_1', false),
  copy: fromSecondCopy,
  nest: new NotImplementedException('not yet'),
  other: new RangeError('something else'),
};

const UNUSABLE = {
  statusCode: 502,
  message: 'The task API did not give a usable answer',
  error: 'Bad Gateway',
};

@Catch(RangeError)
class RangeErrorFilter implements ExceptionFilter<RangeError> {
  catch({ message }: RangeError, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<ServerResponse>().writeHead(418).end(message);
  }
}

@Controller()
class Failing {
  @Get('started')
  start(@Res() response: ServerResponse): never {
    response.write('half');
    throw ERRORS['missing']!;
  }

  @Get(':name')
  fail(@Param('name') name: string): never {
    throw ERRORS[name]!;
  }
}

const logged = vi.spyOn(Logger.prototype, 'error').mockReturnValue();

beforeEach(() => {
  logged.mockClear();
});

afterAll(() => {
  logged.mockRestore();
});

describe('TaskStatusExceptionFilter', () => {
  let app: INestApplication;
  let url = '';

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      controllers: [Failing],
      providers: [
        { provide: APP_FILTER, useClass: RangeErrorFilter },
        { provide: APP_FILTER, useClass: TaskStatusExceptionFilter },
      ],
    }).compile();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest wants a literal
    app = module.createNestApplication({ forceCloseConnections: true });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(() => app.close());

  test.each([
    [
      'missing',
      {
        statusCode: 404,
        message: 'Task "task_1" was not found (404): from the task API',
        error: 'Not Found',
      },
    ],
    [
      'invalid',
      {
        statusCode: 422,
        message: 'Task "task_1" was rejected as invalid (422): from the task API',
        error: 'Unprocessable Entity',
      },
    ],
    [
      'limited',
      {
        statusCode: 503,
        message: 'The task API accepts no more requests now',
        error: 'Service Unavailable',
      },
    ],
    [
      'late',
      {
        statusCode: 504,
        message: 'Task "task_1" did not end within 5000 ms (timeout), last status: running',
        error: 'Gateway Timeout',
      },
    ],
    [
      'slow',
      {
        statusCode: 504,
        message: 'The task API did not answer in time',
        error: 'Gateway Timeout',
      },
    ],
    ['refused', UNUSABLE],
    ['broken', UNUSABLE],
    ['odd', UNUSABLE],
    ['offline', UNUSABLE],
    ['failed', { statusCode: 502, message: 'Task "task_1" ended as failed', error: 'Bad Gateway' }],
    [
      'closed',
      {
        statusCode: 503,
        message: 'The server stopped waiting for the task',
        error: 'Service Unavailable',
      },
    ],
  ])('answers %s with its HTTP status, in the form of Nest', async (name, body) => {
    const response = await fetch(`${url}/${name}`);
    expect(response.status).toBe(body.statusCode);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual(body);
  });

  test.each([
    ['limited', '7'],
    ['limited-somehow', '30'],
    ['closed', null],
    ['offline', null],
  ])('sets Retry-After for a rate limit, in seconds and rounded up: %s', async (name, seconds) => {
    const response = await fetch(`${url}/${name}`);
    expect(response.headers.get('retry-after')).toBe(seconds);
  });

  test('recognises an error of a second copy of the package', async () => {
    expect(isTaskStatusError(fromSecondCopy)).toBe(true);
    expect((await fetch(`${url}/copy`)).status).toBe(404);
  });

  test('leaves other errors to other filters and to Nest', async () => {
    const nest = await fetch(`${url}/nest`);
    expect(nest.status).toBe(501);
    expect(await nest.json()).toMatchObject({ message: 'not yet' });
    const other = await fetch(`${url}/other`);
    expect(other.status).toBe(418);
    expect(await other.text()).toBe('something else');
  });

  test('ends a response that has been started', async () => {
    expect(await (await fetch(`${url}/started`)).text()).toBe('half');
  });

  test.each([
    ['missing', 0],
    ['late', 0],
    ['failed', 0],
    ['closed', 0],
    ['slow', 1],
    ['limited', 1],
    ['refused', 1],
    ['offline', 1],
  ])(
    'logs the message only if something is wrong with the task API or the key: %s',
    async (name, times) => {
      await fetch(`${url}/${name}`);
      expect(logged.mock.calls).toEqual(Array(times).fill([ERRORS[name]?.message]));
    },
  );
});

describe('TaskStatusExceptionFilter with another host', () => {
  const filter = new TaskStatusExceptionFilter();

  function hostOf(type: string, response?: object): ArgumentsHost {
    return {
      getType: () => type,
      switchToHttp: () => ({ getResponse: () => response }),
    } as unknown as ArgumentsHost;
  }

  test('answers with Fastify', () => {
    const calls: unknown[] = [];
    const record =
      (name: string) =>
      (...values: unknown[]) =>
        calls.push([name, ...values]);
    const reply = {
      raw: { headersSent: false },
      header: record('header'),
      status: record('status'),
      send: record('send'),
    };
    filter.catch(new RateLimitError({ ...http(429), retryAfter: 1 }), hostOf('http', reply));
    expect(calls).toEqual([
      ['header', 'Retry-After', '1'],
      ['status', 503],
      ['send', expect.objectContaining({ statusCode: 503 })],
    ]);
  });

  test('ends a response of Fastify that has been started', () => {
    const end = vi.fn();
    filter.catch(
      new RateLimitError(http(429)),
      hostOf('http', { raw: { headersSent: true, end } }),
    );
    expect(end).toHaveBeenCalledOnce();
  });

  test.each(['rpc', 'graphql'])('leaves an error in %s as it is', (type) => {
    filter.catch(new RateLimitError(http(429)), hostOf(type));
    expect(logged).not.toHaveBeenCalled();
  });
});
