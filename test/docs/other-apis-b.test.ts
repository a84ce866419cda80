import { readFile } from 'node:fs/promises';
import { firstValueFrom, of, VirtualTimeScheduler } from 'rxjs';
import {
  AuthenticationError,
  fetchTransport,
  HttpStatusError,
  isTaskStatusError,
  type StatusRequest,
  type StatusResponse,
  type StatusTransport,
  type TaskApi,
  TaskNotFoundError,
  taskPolls$,
  taskResult$,
  type TaskStatusOptions,
  taskStatus$,
  TaskUnsuccessfulError,
  UnexpectedResponseError,
} from 'rxjs-task-status';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { a2aRpcTask } from '../../docs/examples/apis/a2a-rpc-task.js';
import { a2aTask } from '../../docs/examples/apis/a2a-task.js';
import { awsJob } from '../../docs/examples/apis/aws-job.js';
import { azureLocation } from '../../docs/examples/apis/azure-location.js';
import { azureOperation } from '../../docs/examples/apis/azure-operation.js';
import { githubRun } from '../../docs/examples/apis/github-run.js';
import { googleOperation } from '../../docs/examples/apis/google-operation.js';
import { mcpRequest } from '../../docs/examples/apis/mcp-request.js';
import { mcpTask } from '../../docs/examples/apis/mcp-task.js';
import * as a2a from './samples/a2a-task.js';
import * as aws from './samples/aws-job.js';
import * as azureLocationSample from './samples/azure-location.js';
import * as azure from './samples/azure-operation.js';
import * as github from './samples/github-run.js';
import * as google from './samples/google-operation.js';
import * as mcp from './samples/mcp-task.js';

const START = Date.parse('2026-08-24T13:00:00Z');

/** An answer of a server. */
function http(
  status: number,
  json?: unknown,
  headers: Readonly<Record<string, string>> = {},
): StatusResponse {
  return { status, headers, body: json === undefined ? '' : JSON.stringify(json) };
}

function ok(json: unknown, headers?: Readonly<Record<string, string>>): StatusResponse {
  return http(200, json, headers);
}

/** What a watch saw and sent. */
interface Seen {
  /** The statuses, without repetitions. */
  readonly statuses: readonly string[];
  /** The details of each poll. */
  readonly details: readonly unknown[];
  /** The delays between the requests, ms. */
  readonly delays: readonly number[];
  /** `complete`, or the error. */
  readonly end: unknown;
  /** What `taskResult$` emitted as the result, or its error. */
  readonly result: unknown;
  readonly requests: readonly Pick<StatusRequest, 'method' | 'url' | 'headers' | 'body'>[];
}

/** Watches a task whose requests get these answers in turn, the last one again and again. */
function watch<S extends string, D, R>(
  api: TaskApi<S, D, R>,
  id: string,
  answers: readonly StatusResponse[],
  more: TaskStatusOptions<S, D, R> = {},
): Seen {
  const requests: Seen['requests'][number][] = [];
  const times: number[] = [];
  const setUp = () => {
    const scheduler = new VirtualTimeScheduler();
    requests.length = times.length = 0;
    const transport: StatusTransport = ({ method, url, headers, body }) => {
      requests.push({ method, url, headers, ...(body !== undefined && { body }) });
      times.push(scheduler.now());
      return of(answers[Math.min(requests.length, answers.length) - 1] ?? http(500));
    };
    const backoff = { jitter: 0, initialDelay: 1_000, factor: 1 };
    const options = { api, apiKey: 'a-key', transport, scheduler, backoff, ...more };
    return { options, scheduler };
  };

  let result: unknown = 'none';
  const first = setUp();
  taskResult$(id, first.options).subscribe({
    next: (emitted) => (result = emitted.result),
    error: (error: unknown) => (result = error),
  });
  first.scheduler.flush();

  const statuses: string[] = [];
  const details: unknown[] = [];
  let end: unknown = 'none';
  const second = setUp();
  taskPolls$(id, second.options).subscribe({
    next: (poll) => {
      if (poll.status !== undefined) details.push(poll.details);
      if (poll.status !== undefined && poll.changed) statuses.push(poll.status);
    },
    error: (error: unknown) => (end = error),
    complete: () => (end = 'complete'),
  });
  second.scheduler.flush();
  const delays = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  return { statuses, details, delays, end, result, requests };
}

/** The statuses that a poll of each of these answers gives. */
function read<S extends string>(api: TaskApi<S>, ...answers: readonly unknown[]): unknown[] {
  return answers.map((json) => api.status(json, { status: 200, headers: { get: () => null } }));
}

function jsonOf({ body }: { readonly body?: string }): unknown {
  return JSON.parse(body ?? '');
}

test.each([
  'github-run',
  'github-delay',
  'google-operation',
  'azure-operation',
  'azure-location',
  'aws-job',
  'mcp-task',
  'mcp-request',
  'a2a-task',
  'a2a-rpc-task',
  'a2a-state',
])('%s has at most 25 lines', async (name) => {
  const text = await readFile(`docs/examples/apis/${name}.ts`, 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});

describe('a run of GitHub Actions', () => {
  const api = githubRun('octo-org', 'octo-repo');
  const date = new Date(START).toUTCString();
  const limited = (seconds: number) => ({
    date,
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(START / 1000 + seconds),
  });

  test('is polled as x-poll-interval says', () => {
    const { queued, inProgress, success } = github;
    const { delays, statuses, requests } = watch(api, '30433642', [
      ok(queued, { 'x-poll-interval': '60' }),
      ok(inProgress),
      ok(success),
    ]);
    expect(statuses).toEqual(['queued', 'in_progress', 'success']);
    expect(delays).toEqual([60_000, 1_000]);
    expect(requests[0]).toEqual({
      method: 'GET',
      url: 'https://api.github.com/repos/octo-org/octo-repo/actions/runs/30433642',
      headers: { Authorization: 'Bearer a-key' },
    });
  });

  test('is not polled before the reset when no requests are left', () => {
    const { delays } = watch(api, '1', [
      ok(github.queued, { date, 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': '1' }),
      ok(github.inProgress, limited(90)),
      ok(github.inProgress, { ...limited(30), 'x-poll-interval': '60' }),
      ok(github.success),
    ]);
    expect(delays).toEqual([1_000, 90_000, 60_000]);
  });

  test('uses its own clock where the header Date cannot be read', () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 3_600);
    const delay = api.retryAfter?.(undefined, {
      get: (name) => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })[name] ?? null,
    });
    expect(delay).toBeGreaterThan(3_500_000);
    expect(delay).toBeLessThanOrEqual(3_601_000);
  });

  test('whose rate limit is a 403 is retried after the reset, if shouldRetry says so', () => {
    const answers = [
      ok(github.queued),
      http(403, { message: 'API rate limit exceeded' }, limited(600)),
      ok(github.success),
    ];
    const { end } = watch(api, '1', answers);
    expect(end).toBeInstanceOf(AuthenticationError);
    expect(end).toHaveProperty('retryAfter', 600_000);
    const retry = {
      maxRetryAfter: 3_600_000,
      shouldRetry: (error: object, _retries: number, transient: boolean) =>
        transient || 'retryAfter' in error,
      jitter: 0,
    };
    const retried = watch(api, '1', answers, { retry });
    expect(retried.end).toBe('complete');
    expect(retried.delays).toEqual([1_000, 600_000]);
    const forbidden = http(403, { message: 'Resource not accessible' }, { date });
    expect(watch(api, '1', [forbidden], { retry }).requests).toHaveLength(1);
  });

  test('has the run as its result', () => {
    expect(watch(api, '1', [ok(github.success)]).result).toEqual(github.success);
  });
});

describe('a long-running operation of Google', () => {
  const { running, stillRunning, succeeded, failed, cancelled } = google;

  test('is watched until it is done', () => {
    const { statuses, details, end, result, requests } = watch(
      googleOperation,
      'operations/7612202767953098924',
      [ok(running), ok(stillRunning), ok(succeeded)],
    );
    expect(statuses).toEqual(['running', 'succeeded']);
    expect(details).toEqual([
      { metadata: running.metadata, error: undefined },
      { metadata: running.metadata, error: undefined },
      { metadata: succeeded.metadata, error: undefined },
    ]);
    expect(end).toBe('complete');
    expect(result).toEqual(succeeded.response);
    expect(requests[0]).toEqual({
      method: 'GET',
      url: 'https://speech.googleapis.com/v1/operations/7612202767953098924',
      headers: { Authorization: 'Bearer a-key' },
    });
  });

  test('has a name with slashes, at the host of its service', () => {
    const { requests } = watch(
      googleOperation,
      'projects/p/locations/us-central1/operations/o?x#y',
      [ok(succeeded)],
      { baseUrl: 'https://us-central1-aiplatform.googleapis.com/v1' },
    );
    expect(requests[0]?.url).toBe(
      'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/operations/o%3Fx%23y',
    );
  });

  test('that fails has its error in the details', () => {
    const { result } = watch(googleOperation, 'operations/1', [ok(failed)]);
    expect(result).toEqual(
      new TaskUnsuccessfulError<string>('failed', 'operations/1', true, {
        metadata: failed.metadata,
        error: failed.error,
      }),
    );
  });

  test('that was cancelled has a status for it', () => {
    expect(read(googleOperation, cancelled)).toEqual(['cancelled']);
  });

  test('is not mistaken for another answer', () => {
    const { end, delays } = watch(googleOperation, 'operations/1', [ok({})]);
    expect(end).toBeInstanceOf(UnexpectedResponseError);
    expect(delays).toEqual([]);
  });
});

describe('an operation of Azure', () => {
  const { endpoint, location, notStarted, running, succeeded, failed, understanding } = azure;
  const api = azureOperation(endpoint);

  test('is polled at its own URL, as Retry-After says', () => {
    const { statuses, delays, end, result, requests } = watch(api, location, [
      ok(notStarted, { 'Retry-After': '2' }),
      ok(running),
      ok(succeeded),
    ]);
    expect(statuses).toEqual(['notStarted', 'running', 'succeeded']);
    expect(delays).toEqual([2_000, 1_000]);
    expect(end).toBe('complete');
    expect(result).toEqual(succeeded.analyzeResult);
    expect(requests[0]).toEqual({
      method: 'GET',
      url: location,
      headers: { 'Ocp-Apim-Subscription-Key': 'a-key' },
    });
  });

  test('that fails has its error in the details', () => {
    expect(watch(api, location, [ok(running), ok(failed)]).result).toEqual(
      new TaskUnsuccessfulError<string>('failed', location, true, failed.error),
    );
  });

  test('may have statuses with a capital letter', () => {
    const { statuses, result } = watch(api, `${endpoint}/contentunderstanding/o`, [
      ok(understanding.running),
      ok(understanding.succeeded),
    ]);
    expect(statuses).toEqual(['running', 'succeeded']);
    expect(result).toEqual(understanding.succeeded.result);
    expect(read(api, understanding.canceled, {})).toEqual(['canceled', undefined]);
  });

  test.each([
    'https://attacker.example/operations/1',
    'https://my-endpoint.cognitiveservices.azure.com.attacker.example/1',
    'https://my-endpoint.cognitiveservices.azure.com@attacker.example/1',
    'http://my-endpoint.cognitiveservices.azure.com/1',
    'https://my-endpoint.cognitiveservices.azure.com:8443/1',
  ])('at the URL %s is refused before any request', (id) => {
    const { end, result, requests } = watch(api, id, [ok(succeeded)]);
    expect(end).toBeInstanceOf(TypeError);
    expect(end).toHaveProperty('message', expect.stringContaining(`must be on ${endpoint}`));
    expect(result).toBeInstanceOf(TypeError);
    expect(requests).toEqual([]);
  });

  test('with another id stays on the endpoint', () => {
    const { requests } = watch(api, '//attacker.example/1', [ok(succeeded)]);
    expect(requests.map(({ url }) => new URL(url).origin)).toEqual([endpoint]);
  });
});

describe('an operation of Azure Resource Manager', () => {
  const { location, created } = azureLocationSample;

  test('runs while the answer is an empty 202', () => {
    const { statuses, delays, end, result, requests } = watch(azureLocation, location, [
      http(202, undefined, { 'Retry-After': '17' }),
      http(202),
      ok(created),
    ]);
    expect(statuses).toEqual(['running', 'succeeded']);
    expect(delays).toEqual([17_000, 1_000]);
    expect(end).toBe('complete');
    expect(result).toEqual(created);
    expect(requests[0]).toEqual({
      method: 'GET',
      url: location,
      headers: { Authorization: 'Bearer a-key' },
    });
  });

  test('that has no result ends with 204', () => {
    const { statuses, end, result } = watch(azureLocation, location, [http(202), http(204)]);
    expect(statuses).toEqual(['running', 'succeeded']);
    expect(end).toBe('complete');
    expect(result).toBeUndefined();
  });

  test('that fails is an error', () => {
    const { end } = watch(azureLocation, location, [
      http(202),
      http(409, { error: { code: 'StorageAccountAlreadyTaken' } }),
    ]);
    expect(end).toBeInstanceOf(HttpStatusError);
    expect(end).toHaveProperty('detail', '{"error":{"code":"StorageAccountAlreadyTaken"}}');
  });
});

describe('a job of AWS', () => {
  const { queued, inProgress, completed, failed, throttled, notFound } = aws;
  const id = 'my-first-transcription-job';

  test('is polled with POST', () => {
    const { statuses, end, result, requests } = watch(awsJob, id, [
      ok(queued),
      ok(inProgress),
      ok(completed),
    ]);
    expect(statuses).toEqual(['QUEUED', 'IN_PROGRESS', 'COMPLETED']);
    expect(end).toBe('complete');
    expect(result).toEqual(completed.TranscriptionJob.Transcript);
    expect(requests[2]).toEqual({
      method: 'POST',
      url: 'https://transcribe.us-west-2.amazonaws.com/',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'Transcribe.GetTranscriptionJob',
        'x-api-key': 'a-key',
      },
      body: '{"TranscriptionJobName":"my-first-transcription-job"}',
    });
  });

  test('is signed by the option fetch, which sees all of the request', async () => {
    const sent: unknown[] = [];
    const { result } = await firstValueFrom(
      taskResult$(id, {
        api: awsJob,
        fetch: (url, { method, headers, body }) => {
          sent.push([method, url, headers, body]);
          return Promise.resolve(new Response(JSON.stringify(completed)));
        },
      }),
    );
    expect(result).toEqual(completed.TranscriptionJob.Transcript);
    expect(sent).toEqual([
      [
        'POST',
        'https://transcribe.us-west-2.amazonaws.com/',
        {
          'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': 'Transcribe.GetTranscriptionJob',
        },
        '{"TranscriptionJobName":"my-first-transcription-job"}',
      ],
    ]);
  });

  test('that fails has the reason in the details', () => {
    expect(watch(awsJob, id, [ok(failed)]).result).toEqual(
      new TaskUnsuccessfulError<string>('FAILED', id, true, 'Unsupported media format.'),
    );
  });

  test('that does not exist is a 400', () => {
    const { end, requests } = watch(awsJob, id, [http(400, notFound)]);
    expect(end).toBeInstanceOf(HttpStatusError);
    expect(end).toHaveProperty('status', 400);
    expect(requests).toHaveLength(1);
  });

  test('is throttled with a 400, which shouldRetry can retry', () => {
    const answers = [http(400, throttled), ok(completed)];
    expect(watch(awsJob, id, answers).end).toBeInstanceOf(HttpStatusError);
    const retried = watch(awsJob, id, answers, {
      retry: {
        shouldRetry: (error, _retries, transient) =>
          transient || (error instanceof HttpStatusError && error.detail.includes('Throttling')),
      },
    });
    expect(retried.end).toBe('complete');
    expect(retried.requests).toHaveLength(2);
  });
});

describe('a task of the Model Context Protocol', () => {
  const { taskId, working, slowDown, noInterval, inputRequired, completed, callToolResult } = mcp;

  test('is polled with POST, as pollIntervalMs says', () => {
    const { statuses, delays, end, result, requests } = watch(mcpTask, taskId, [
      ok(working),
      ok(slowDown),
      ok(noInterval),
      ok(completed),
    ]);
    expect(statuses).toEqual(['working', 'completed']);
    expect(delays).toEqual([5_000, 20_000, 1_000]);
    expect(end).toBe('complete');
    expect(result).toEqual(callToolResult);
    const [request] = requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://mcp.example.com/mcp',
      headers: {
        Accept: 'application/json, text/event-stream',
        Authorization: 'Bearer a-key',
        'Content-Type': 'application/json',
        'MCP-Protocol-Version': '2026-07-28',
        'Mcp-Method': 'tasks/get',
        'Mcp-Name': taskId,
      },
    });
    expect(request && jsonOf(request)).toEqual({
      jsonrpc: '2.0',
      id: `tasks/get ${taskId}`,
      method: 'tasks/get',
      params: {
        taskId,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'my-client', version: '1.0.0' },
          'io.modelcontextprotocol/clientCapabilities': {
            extensions: { 'io.modelcontextprotocol/tasks': {} },
          },
        },
      },
    });
  });

  test('that requires input has not ended', () => {
    const { statuses, details, end } = watch(mcpTask, taskId, [
      ok(working),
      ok(inputRequired),
      ok(inputRequired),
      ok(working),
      ok(completed),
    ]);
    expect(statuses).toEqual(['working', 'input_required', 'working', 'completed']);
    expect(details[1]).toHaveProperty('inputRequests.name.method', 'elicitation/create');
    expect(end).toBe('complete');
  });

  test('gets its input in a request of the same kind', () => {
    const inputResponses = { name: { action: 'accept', content: { name: 'Ada' } } };
    const request = mcpRequest('tasks/update', taskId, { inputResponses });
    expect(request.headers).toMatchObject({ 'Mcp-Method': 'tasks/update', 'Mcp-Name': taskId });
    expect(jsonOf(request)).toMatchObject({
      method: 'tasks/update',
      params: { taskId, inputResponses },
    });
  });

  test('that fails has its error in the details', () => {
    expect(watch(mcpTask, taskId, [ok(mcp.failed)]).result).toEqual(
      new TaskUnsuccessfulError<string>('failed', taskId, true, mcp.failed.result),
    );
    expect(read(mcpTask, mcp.cancelled)).toEqual(['cancelled']);
  });

  test('whose tool reports an error has completed', () => {
    const { statuses, result } = watch(mcpTask, taskId, [ok(mcp.toolError)]);
    expect(statuses).toEqual(['completed']);
    expect(result).toHaveProperty('isError', true);
  });

  test('that the server does not know is an error, not a status', () => {
    const { end, requests } = watch(mcpTask, taskId, [ok(mcp.notFound)], {
      unknownStatus: 'ignore',
    });
    expect(end).toBeInstanceOf(UnexpectedResponseError);
    expect(end).toHaveProperty('body', expect.stringContaining('Task not found'));
    expect(requests).toHaveLength(1);
  });

  test('in an event stream needs a transport that takes the JSON out of it', async () => {
    const send = fetchTransport(() =>
      Promise.resolve(new Response(`event: message\ndata: ${JSON.stringify(completed)}\n\n`)),
    );
    const options = { api: mcpTask, retry: false } as const;
    await expect(
      firstValueFrom(taskResult$(taskId, { ...options, transport: send })),
    ).rejects.toBeInstanceOf(UnexpectedResponseError);
    const transport = async (request: StatusRequest): Promise<StatusResponse> => {
      const response = await send(request);
      return {
        ...response,
        body: /^data: ?(\{.*"result".*)$/m.exec(response.body)?.[1] ?? response.body,
      };
    };
    const { result } = await firstValueFrom(taskResult$(taskId, { ...options, transport }));
    expect(result).toEqual(callToolResult);
  });
});

describe('a task of an A2A agent', () => {
  const { id, submitted, working, inputRequired, authRequired, completed, artifacts } = a2a;
  const ended = [a2a.completed, a2a.failed, a2a.canceled, a2a.rejected];

  test('is watched until it is completed', () => {
    const { statuses, details, end, result, requests } = watch(a2aTask, id, [
      ok(submitted),
      ok(working),
      ok(completed),
    ]);
    expect(statuses).toEqual(['submitted', 'working', 'completed']);
    expect(details[1]).toEqual(working.status);
    expect(end).toBe('complete');
    expect(result).toEqual(artifacts);
    expect(requests[0]).toEqual({
      method: 'GET',
      url: `https://agent.example.com/tasks/${id}?historyLength=0`,
      headers: { Authorization: 'Bearer a-key', 'A2A-Version': '1.0' },
    });
  });

  test('that requires input or authentication has not ended', () => {
    const { statuses, end } = watch(a2aTask, id, [
      ok(inputRequired),
      ok(authRequired),
      ok(working),
      ok(completed),
    ]);
    expect(statuses).toEqual(['input-required', 'auth-required', 'working', 'completed']);
    expect(end).toBe('complete');
  });

  test('ends in any of four states', () => {
    expect(ended.map((task) => watch(a2aTask, id, [ok(task)]).end)).toEqual(
      ended.map(() => 'complete'),
    );
    expect(read(a2aTask, ...ended)).toEqual(a2aTask.terminal);
    expect(watch(a2aTask, id, [ok(a2a.rejected)]).result).toEqual(
      new TaskUnsuccessfulError<string>('rejected', id, true, a2a.rejected.status),
    );
  });

  test('whose state is not known is an error', () => {
    expect(watch(a2aTask, id, [ok(a2a.unspecified)]).end).toBeInstanceOf(UnexpectedResponseError);
    expect(read(a2aTask, {})).toEqual([undefined]);
  });

  test('that does not exist is a 404', () => {
    const { end } = watch(a2aTask, id, [http(404, { title: 'Task not found' })]);
    expect(end).toBeInstanceOf(TaskNotFoundError);
  });

  test('may speak version 0.3', () => {
    const { v03 } = a2a;
    const { statuses, requests } = watch(
      a2aTask,
      id,
      [ok(v03.working), ok(v03.inputRequired), ok(v03.completed)],
      { baseUrl: 'https://agent.example.com/v1', headers: { 'A2A-Version': '0.3' } },
    );
    expect(statuses).toEqual(['working', 'input-required', 'completed']);
    expect(requests[0]).toMatchObject({
      url: `https://agent.example.com/v1/tasks/${id}?historyLength=0`,
      headers: { 'A2A-Version': '0.3' },
    });
  });

  test('may be polled over JSON-RPC', () => {
    const { answer } = a2a;
    const { statuses, details, end, result, requests } = watch(a2aRpcTask, id, [
      ok(answer(working)),
      ok(answer(inputRequired)),
      ok(answer(completed)),
    ]);
    expect(statuses).toEqual(['working', 'input-required', 'completed']);
    expect(details[0]).toEqual(working.status);
    expect(end).toBe('complete');
    expect(result).toEqual(artifacts);
    expect(requests[0]).toEqual({
      method: 'POST',
      url: 'https://agent.example.com/a2a',
      headers: {
        Authorization: 'Bearer a-key',
        'A2A-Version': '1.0',
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'GetTask', params: { id } }),
    });
  });

  test('that does not exist is an error, not a status, over JSON-RPC', () => {
    const { end, requests } = watch(a2aRpcTask, id, [ok(a2a.notFound)], {
      unknownStatus: 'ignore',
    });
    expect(isTaskStatusError(end) && end.code).toBe('unexpected-response');
    expect(end).toHaveProperty('body', expect.stringContaining('Task not found'));
    expect(requests).toHaveLength(1);
  });

  test('has typed statuses', () => {
    expectTypeOf(a2aTask.statuses[0]).toEqualTypeOf<
      | 'submitted'
      | 'working'
      | 'input-required'
      | 'auth-required'
      | 'completed'
      | 'failed'
      | 'canceled'
      | 'rejected'
      | undefined
    >();
    expectTypeOf(a2aRpcTask.statuses).toEqualTypeOf(a2aTask.statuses);
  });
});

test('an operation on another origin does not throw at the call', () => {
  expect(() => taskStatus$('https://attacker.example/1', { api: azureLocation })).not.toThrow();
});
