import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createTaskStatusPool, type TaskStatusPoolOptions } from 'rxjs-task-status';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { logPolls } from '../../docs/examples/node/poll-logs.js';
import { collectPolls } from '../../docs/examples/node/poll-prometheus.js';
import { traceWatches } from '../../docs/examples/node/poll-traces.js';
import { publishPolls } from '../../docs/examples/node/publish-polls.js';

// The functions on docs/node.md, with a fake clock. test/node/recipes.test.ts runs their programs.

const KEY = 'bu_0123456789abcdef';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000_000_000 }));
afterEach(() => void vi.useRealTimers());

/** A pool whose tasks are answered by `answers`, after 100 ms; it polls each second. */
function createPool(
  answers: Readonly<Record<string, readonly (string | number)[]>>,
  options: TaskStatusPoolOptions = {},
) {
  const counts = new Map<string, number>();
  return createTaskStatusPool({
    apiKey: KEY,
    transport: async ({ taskId, headers }) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const nth = counts.get(taskId) ?? 0;
      counts.set(taskId, nth + 1);
      const answer = answers[taskId]?.[nth] ?? 'running';
      return typeof answer === 'string'
        ? { status: 200, headers: {}, body: JSON.stringify(answer) }
        : // a server that shows what it has received
          { status: answer, headers: {}, body: JSON.stringify({ detail: headers }) };
    },
    backoff: { initialDelay: 1_000, maxDelay: 1_000, jitter: 0 },
    retry: { initialDelay: 500, jitter: 0 },
    ...options,
  });
}

describe('traceWatches', () => {
  /** The spans that have ended, as `trace name from to attributes`. */
  function trace(pool: ReturnType<typeof createPool>) {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const subscription = traceWatches(pool, provider.getTracer('test'));
    const ms = ([seconds, nanoseconds]: readonly [number, number]) =>
      seconds * 1_000 + nanoseconds / 1e6 - 1_000_000_000_000;
    const spans = () => {
      const all = exporter.getFinishedSpans();
      const watches = all.filter(({ name }) => name === 'task_status.watch');
      return watches.map((watch) => ({
        ...watch.attributes,
        ended: ms(watch.endTime),
        children: all
          .filter(
            ({ parentSpanContext }) => parentSpanContext?.spanId === watch.spanContext().spanId,
          )
          .map(({ name, startTime, endTime }) => `${name} ${ms(startTime)} ${ms(endTime)}`),
      }));
    };
    return { subscription, spans, exporter };
  }

  test('makes a trace of each watch, with a span for each status and each failure', async () => {
    const pool = createPool({ a: ['created', 'created', 503, 'running', 'finished'], b: [404] });
    const { spans, exporter } = trace(pool);
    pool.statuses$(['a', 'b']).subscribe();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(spans()).toEqual([
      {
        'task_status.task_id': 'b',
        'task_status.attempts': 1,
        ended: 100,
        children: ['task_status.failed_poll 0 100'],
      },
      {
        'task_status.task_id': 'a',
        'task_status.attempts': 5,
        'task_status.status': 'finished',
        ended: 4_000,
        children: [
          'task_status.failed_poll 2200 2300',
          'task_status.created 100 2900',
          'task_status.running 2900 4000',
          'task_status.finished 4000 4000',
        ],
      },
    ]);
    const failures = exporter
      .getFinishedSpans()
      .filter(({ name }) => name === 'task_status.failed_poll');
    expect(failures.map(({ status, attributes }) => [status.code, attributes])).toEqual([
      [SpanStatusCode.ERROR, { 'task_status.attempt': 1, 'error.type': 'not-found' }],
      [SpanStatusCode.ERROR, { 'task_status.attempt': 3, 'error.type': 'http' }],
    ]);
    const messages = failures.map(({ status }) => status.message).join();
    expect(messages).toContain('***');
    expect(messages).not.toContain(KEY);
  });

  test('ends the span of a watch that was unsubscribed from when its next poll is 10 minutes late', async () => {
    const pool = createPool({});
    const { spans } = trace(pool);
    const watch = pool.status$('a').subscribe();
    await vi.advanceTimersByTimeAsync(500);
    watch.unsubscribe();
    pool.status$('b').subscribe();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(spans()).toEqual([]);
    await vi.advanceTimersByTimeAsync(62_000);
    expect(spans()).toMatchObject([{ 'task_status.task_id': 'a', ended: 100 }]);
    pool.close();
  });

  test('makes another trace if the task is watched again', async () => {
    const pool = createPool({});
    const { spans } = trace(pool);
    for (let round = 0; round < 2; round++) {
      const watch = pool.status$('a').subscribe();
      await vi.advanceTimersByTimeAsync(1_500);
      watch.unsubscribe();
    }
    expect(spans()).toMatchObject([{ 'task_status.attempts': 2, ended: 1_200 }]);
    pool.close();
    expect(spans()).toMatchObject([{ ended: 1_200 }, { ended: 2_700 }]);
  });

  test('ends all spans when it is unsubscribed from', async () => {
    const pool = createPool({});
    const { spans, subscription } = trace(pool);
    pool.statuses$(['a', 'b']).subscribe();
    await vi.advanceTimersByTimeAsync(500);
    subscription.unsubscribe();
    expect(spans()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5_000);
    pool.close();
    expect(spans()).toHaveLength(2);
  });
});

test('metrics and logs contain no key, and metrics have a fixed number of time series', async () => {
  const ids = Array.from({ length: 50 }, (_, task) => `id_${task}`);
  const answers = [500, 'created', 408, 'running', 'finished'];
  const pool = createPool(Object.fromEntries(ids.map((id) => [id, answers])));
  const logs: string[] = [];
  logPolls(pool, pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) }));
  const registry = new Registry();
  collectPolls(pool, registry);
  pool.statuses$(ids).subscribe();
  await vi.advanceTimersByTimeAsync(600);
  expect(await registry.metrics()).toContain('task_status_watching 50');
  await vi.advanceTimersByTimeAsync(60_000);
  const metrics = await registry.metrics();
  expect(metrics).toContain('task_status_changes_total{status="finished"} 50');
  expect(metrics).toContain('task_status_poll_duration_seconds_count{outcome="http"} 100');
  expect(metrics).toMatch(/task_status_last_answer_timestamp_seconds 10000000\d\d/);
  expect(metrics).not.toMatch(/id_\d|bu_/);
  expect(logs).toHaveLength(50 * answers.length);
  expect(logs.join('')).toContain('***');
  expect(logs.join('')).not.toContain(KEY);
  pool.close();
});

test('publishPolls publishes each poll while the channel has subscribers', async () => {
  const pool = createPool({ a: ['running', 'finished'] });
  publishPolls(pool);
  const published: unknown[] = [];
  const polls: unknown[] = [];
  const onPoll = (poll: unknown) => void published.push(poll);
  pool.polls$('a').subscribe((poll) => polls.push(poll));
  subscribe('rxjs-task-status:poll', onPoll);
  await vi.advanceTimersByTimeAsync(500);
  unsubscribe('rxjs-task-status:poll', onPoll);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(polls).toHaveLength(2);
  expect(published).toEqual(polls.slice(0, 1));
  pool.close();
});
