import { readdirSync, readFileSync } from 'node:fs';
import {
  isTerminal,
  type TaskApi,
  TaskUnsuccessfulError,
  TaskValidationError,
} from 'rxjs-task-status';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { anthropicBatch } from '../../docs/examples/apis/anthropic-batch.js';
import { apifyRun } from '../../docs/examples/apis/apify-run.js';
import { assemblyaiTranscript } from '../../docs/examples/apis/assemblyai-transcript.js';
import { falRequest } from '../../docs/examples/apis/fal-request.js';
import { openaiBatch } from '../../docs/examples/apis/openai-batch.js';
import { openaiResponse } from '../../docs/examples/apis/openai-response.js';
import { replicatePrediction } from '../../docs/examples/apis/replicate-prediction.js';
import * as anthropic from './samples/anthropic-batch.js';
import * as apify from './samples/apify-run.js';
import * as assemblyai from './samples/assemblyai-transcript.js';
import * as fal from './samples/fal-request.js';
import * as batch from './samples/openai-batch.js';
import * as response from './samples/openai-response.js';
import * as replicate from './samples/replicate-prediction.js';
import { type Sample, watchSamples } from './watch-samples.js';

const GET = { method: 'GET', headers: { Authorization: 'Bearer a-key' } };

const samples = (...bodies: readonly unknown[]): Sample[] => bodies.map((json) => ({ json }));

/** The error of a task that has ended with this status. */
function unsuccessful(status: string, taskId: string, details: unknown) {
  return new TaskUnsuccessfulError<string>(status, taskId, true, details);
}

describe('an OpenAI batch', () => {
  const url = 'https://api.openai.com/v1/batches/batch_abc123';
  const { validating, inProgress, finalizing, completed } = batch;

  test('has the id of its output as the result, and its counts as details', () => {
    const list = samples(validating, inProgress, finalizing, completed);
    const watched = watchSamples(openaiBatch, 'batch_abc123', { [url]: list });
    expect(watched.statuses).toEqual(['validating', 'in_progress', 'finalizing', 'completed']);
    expect(watched.result).toBe('file-cvaTdG');
    expect(watched.details.at(-1)).toEqual({
      counts: { total: 100, completed: 95, failed: 5 },
      outputFileId: 'file-cvaTdG',
      errorFileId: 'file-HOWS94',
    });
    expect(watched.requests).toEqual(list.map(() => ({ ...GET, url })));
  });

  test('that expires tells where the output of the finished requests is', () => {
    const expired = { ...batch.expired, output_file_id: 'file-cvaTdG' };
    const { error } = watchSamples(openaiBatch, 'batch_abc123', { [url]: samples(expired) });
    expect(error).toEqual(
      unsuccessful('expired', 'batch_abc123', {
        counts: { total: 100, completed: 0, failed: 0 },
        outputFileId: 'file-cvaTdG',
        errorFileId: null,
      }),
    );
  });
});

describe('a background response of OpenAI', () => {
  const { id } = response.queued;
  const url = `https://api.openai.com/v1/responses/${id}`;

  test('has its text as the result, without the reasoning', () => {
    const list = samples(response.queued, response.inProgress, response.completed);
    const watched = watchSamples(openaiResponse, id, { [url]: list });
    expect(watched.statuses).toEqual(['queued', 'in_progress', 'completed']);
    expect(watched.result).toBe('The first otter in space.');
    expect(watched.requests).toEqual(list.map(() => ({ ...GET, url })));
  });

  test.each([
    ['incomplete', { text: 'The first', reason: { reason: 'max_output_tokens' } }],
    [
      'failed',
      {
        text: '',
        reason: { code: 'server_error', message: 'The model failed to generate a response.' },
      },
    ],
    ['cancelled', { text: '', reason: null }],
  ] as const)('that is %s ends without success, and tells why', (status, details) => {
    const list = samples(response.inProgress, response[status]);
    const { error } = watchSamples(openaiResponse, id, { [url]: list });
    expect(error).toEqual(unsuccessful(status, id, details));
  });

  test('may be as long as its output', () => {
    const text = 'o'.repeat(300_000);
    const part = { type: 'output_text', text };
    const long = { ...response.completed, output: [{ type: 'message', content: [part] }] };
    const { result } = watchSamples(openaiResponse, id, { [url]: samples(long) });
    expect(result).toBe(text);
  });

  test('has typed details and result', () => {
    expectTypeOf(openaiResponse).toExtend<
      TaskApi<
        'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled',
        { text: string; reason: unknown },
        string
      >
    >();
  });
});

describe('a message batch of Anthropic', () => {
  const { id } = anthropic.ended;
  const url = `https://api.anthropic.com/v1/messages/batches/${id}`;

  test('has the URL of its results as the result, and its counts as details', () => {
    const list = samples(anthropic.inProgress, anthropic.canceling, anthropic.ended);
    const watched = watchSamples(anthropicBatch, id, { [url]: list });
    expect(watched.statuses).toEqual(['in_progress', 'canceling', 'ended']);
    expect(watched.result).toBe(`${url}/results`);
    expect(watched.details.at(-1)).toEqual(anthropic.ended.request_counts);
  });

  test('is requested with the key and the version in separate headers', () => {
    const { requests } = watchSamples(anthropicBatch, id, { [url]: samples(anthropic.ended) });
    expect(requests).toEqual([
      {
        method: 'GET',
        url,
        headers: { 'anthropic-version': '2023-06-01', 'x-api-key': 'a-key' },
      },
    ]);
  });

  test('waits as long as the rate limit says', () => {
    const limited = { http: 429, headers: { 'retry-after': '45' }, json: { type: 'error' } };
    const list = [limited, ...samples(anthropic.ended)];
    const watched = watchSamples(anthropicBatch, id, { [url]: list });
    expect(watched.statuses).toEqual([undefined, 'ended']);
    expect(watched.delays[0]).toBeGreaterThanOrEqual(45_000);
    expect(watched.result).toBe(`${url}/results`);
  });

  test('that is being canceled has not ended', () => {
    expect(isTerminal('canceling', anthropicBatch)).toBe(false);
    expect(isTerminal('ended', anthropicBatch)).toBe(true);
  });
});

describe('a prediction of Replicate', () => {
  const { id } = replicate.starting;
  const url = `https://api.replicate.com/v1/predictions/${id}`;

  test('has its output as the result, and its logs as details', () => {
    const list = samples(replicate.starting, replicate.processing, replicate.succeeded);
    const watched = watchSamples(replicatePrediction, id, { [url]: list });
    expect(watched.statuses).toEqual(['starting', 'processing', 'succeeded']);
    expect(watched.result).toBe('hello Alice');
    expect(watched.details[1]).toEqual({ error: null, logs: 'Using seed: 12345\n' });
    expect(watched.requests).toEqual(list.map(() => ({ ...GET, url })));
  });

  test.each(['failed', 'canceled', 'aborted'] as const)(
    'that is %s ends without success, with its error and its logs',
    (status) => {
      const { error, logs } = replicate[status];
      const list = samples(replicate.starting, replicate[status]);
      const watched = watchSamples(replicatePrediction, id, { [url]: list });
      expect(watched.error).toEqual(unsuccessful(status, id, { error, logs }));
    },
  );

  test('may be as long as its output and its logs', () => {
    const output = `data:image/png;base64,${'A'.repeat(300_000)}`;
    const list = samples({ ...replicate.succeeded, output });
    expect(watchSamples(replicatePrediction, id, { [url]: list }).result).toBe(output);
  });
});

describe('a request in the queue of fal', () => {
  const id = fal.responseUrl;
  const running = [
    { http: 202, json: fal.inQueue },
    { http: 202, json: fal.inProgress },
    { http: 200, json: fal.completed },
  ];

  test('is watched and fetched by the URL that fal returned', () => {
    const watched = watchSamples(falRequest, id, {
      [`${id}/status`]: running,
      [id]: samples(fal.result),
    });
    expect(watched.statuses).toEqual(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']);
    expect(watched.details[0]).toEqual({ position: 2 });
    expect(watched.result).toEqual(fal.result);
    expect(watched.requests).toEqual(
      [`${id}/status`, `${id}/status`, `${id}/status`, id].map((url) => ({
        method: 'GET',
        url,
        headers: { Authorization: 'Key a-key' },
      })),
    );
  });

  test('that has failed is an error when its result is fetched', () => {
    const { error } = watchSamples(falRequest, id, {
      [`${id}/status`]: running,
      [id]: [{ http: 422, json: fal.rejected }],
    });
    expect(error).toBeInstanceOf(TaskValidationError);
    expect(error).toMatchObject({ detail: 'Field required', lastStatus: 'COMPLETED' });
  });

  test('cannot be on another host', () => {
    const other = id.replace('queue.fal.run', 'queue.example');
    const { error, requests } = watchSamples(falRequest, other, {});
    expect(error).toBeInstanceOf(TypeError);
    expect(requests).toEqual([]);
  });
});

describe('a transcript of AssemblyAI', () => {
  const { id } = assemblyai.queued;
  const url = `https://api.assemblyai.com/v2/transcript/${id}`;

  test('has its text as the result', () => {
    const list = samples(assemblyai.queued, assemblyai.processing, assemblyai.completed);
    const watched = watchSamples(assemblyaiTranscript, id, { [url]: list });
    expect(watched.statuses).toEqual(['queued', 'processing', 'completed']);
    expect(watched.result).toBe('Smoke from hundreds of wildfires');
    expect(watched.details.at(-1)).toEqual({ error: undefined, seconds: 281 });
    // the key without `Bearer`
    const request = { method: 'GET', url, headers: { Authorization: 'a-key' } };
    expect(watched.requests).toEqual(list.map(() => request));
  });

  test('with an error ends without success, and tells why', () => {
    const { error } = watchSamples(assemblyaiTranscript, id, {
      [url]: samples(assemblyai.processing, assemblyai.failed),
    });
    const details = { error: assemblyai.failed.error, seconds: null };
    expect(error).toEqual(unsuccessful('error', id, details));
  });

  test('of ten hours can be read', () => {
    const word = { text: 'wildfires', start: 10_000_000, end: 10_000_650, confidence: 0.97465 };
    const words = Array.from({ length: 100_000 }, () => word);
    const long = { ...assemblyai.completed, words };
    const { result } = watchSamples(assemblyaiTranscript, id, { [url]: samples(long) });
    expect(result).toBe('Smoke from hundreds of wildfires');
  });
});

describe('an Apify run', () => {
  const id = 'HG7ML7M8z78YcAPEB';
  const url = `https://api.apify.com/v2/actor-runs/${id}`;
  const items = { [`${url}/dataset/items`]: samples(apify.items) };

  test('has the items of its dataset as the result', () => {
    const list = samples(apify.ready, apify.running, apify.succeeded);
    const watched = watchSamples(apifyRun, id, { [url]: list, ...items });
    expect(watched.statuses).toEqual(['READY', 'RUNNING', 'SUCCEEDED']);
    expect(watched.result).toEqual(apify.items);
    expect(watched.details[1]).toEqual({
      message: 'Actor is running',
      datasetId: 'wmKPijuyDnPZAPRMk',
    });
    expect(watched.requests).toEqual(
      [url, url, url, `${url}/dataset/items`].map((each) => ({ ...GET, url: each })),
    );
  });

  test('that fails ends without success, and its dataset is not fetched', () => {
    const { error, requests } = watchSamples(apifyRun, id, {
      [url]: samples(apify.running, apify.failed),
      ...items,
    });
    const details = {
      message: 'The Actor process exited with code 1',
      datasetId: 'wmKPijuyDnPZAPRMk',
    };
    expect(error).toEqual(unsuccessful('FAILED', id, details));
    expect(requests).toHaveLength(2);
  });

  test('can be polled with long requests', () => {
    const patient = {
      ...apifyRun,
      path: (runId: string) => `${apifyRun.path(runId)}?waitForFinish=20`,
    };
    const { result, requests } = watchSamples(patient, id, {
      [`${url}?waitForFinish=20`]: samples(apify.running, apify.succeeded),
      ...items,
    });
    expect(result).toEqual(apify.items);
    expect(requests.map((request) => request.url)).toEqual([
      `${url}?waitForFinish=20`,
      `${url}?waitForFinish=20`,
      `${url}/dataset/items`,
    ]);
  });
});

describe('docs/other-apis.md', () => {
  const folder = 'docs/examples/apis';
  const apis: Record<string, TaskApi<string>> = {
    'anthropic-batch.ts': anthropicBatch,
    'apify-run.ts': apifyRun,
    'assemblyai-transcript.ts': assemblyaiTranscript,
    'fal-request.ts': falRequest,
    'openai-batch.ts': openaiBatch,
    'openai-response.ts': openaiResponse,
    'replicate-prediction.ts': replicatePrediction,
  };
  const rows = readFileSync('docs/other-apis.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const rowOf = (file: string) => rows.find((row) => row.includes(`(examples/apis/${file})`));
  const wordsIn = (text: string | undefined) =>
    [...(text ?? '').matchAll(/`([^`]+)`/g)].map(([, word]) => word);

  test('has each description in its table', () => {
    const files = readdirSync(folder).filter((file) =>
      readFileSync(`${folder}/${file}`, 'utf8').includes('defineTaskApi('),
    );
    expect(files).toEqual(expect.arrayContaining(Object.keys(apis)));
    expect(files.filter((file) => !rowOf(file))).toEqual([]);
  });

  test.each(Object.entries(apis))('names the statuses of %s', (file, api) => {
    const [running, end] = rowOf(file)?.split('|')[4]?.split('→') ?? [];
    const bold = end?.match(/\*\*`[^`]+`\*\*/g)?.join();
    const active = api.statuses.filter((status) => !isTerminal(status, api));
    expect(wordsIn(running).sort()).toEqual(active.sort());
    expect(wordsIn(end).sort()).toEqual([...api.terminal].sort());
    expect(wordsIn(bold).sort()).toEqual([...api.successful].sort());
  });

  test.each(Object.keys(apis))('can say that %s has at most 25 lines', (file) => {
    const lines = readFileSync(`${folder}/${file}`, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(25);
  });
});
