import { VirtualTimeScheduler } from 'rxjs';
import {
  isTaskStatusError,
  requireFinished,
  type TaskApi,
  taskStatus$,
  TaskUnsuccessfulError,
} from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { apifyRun } from '../../docs/examples/apis/apify-run.js';
import { githubRun } from '../../docs/examples/apis/github-run.js';
import { openaiBatch } from '../../docs/examples/apis/openai-batch.js';
import * as apify from './samples/apify-run.js';
import * as github from './samples/github-run.js';
import * as openai from './samples/openai-batch.js';

interface Seen {
  readonly statuses: readonly string[];
  readonly end: unknown;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/** Watches a job whose requests get these answers in turn. */
function watch<S extends string>(api: TaskApi<S>, id: string, answers: readonly unknown[]): Seen {
  const scheduler = new VirtualTimeScheduler();
  const timeline = answers.map(
    (body, index) => [{ status: 200, body: JSON.stringify(body) }, index * 60_000] as const,
  );
  const { transport, requests } = fakeTaskApi({ [id]: timeline }, { scheduler });
  const statuses: string[] = [];
  let end: unknown = 'none';
  taskStatus$(id, { api, transport, scheduler, apiKey: 'a-key' })
    .pipe(requireFinished(id, api))
    .subscribe({
      next: (status) => statuses.push(status),
      error: (error: unknown) => (end = error),
      complete: () => (end = 'complete'),
    });
  scheduler.flush();
  return { statuses, end, url: requests[0]?.url, headers: requests[0]?.headers };
}

describe('an OpenAI batch', () => {
  test('is watched until it is completed', () => {
    const { validating, inProgress, finalizing, completed } = openai;
    expect(
      watch(openaiBatch, 'batch_abc123', [validating, inProgress, finalizing, completed]),
    ).toEqual({
      statuses: ['validating', 'in_progress', 'finalizing', 'completed'],
      end: 'complete',
      url: 'https://api.openai.com/v1/batches/batch_abc123',
      headers: { Authorization: 'Bearer a-key' },
    });
  });

  test('that expires ends without success', () => {
    const { statuses, end } = watch(openaiBatch, 'b', [openai.inProgress, openai.expired]);
    expect(statuses).toEqual(['in_progress']);
    expect(end).toEqual(new TaskUnsuccessfulError<string>('expired', 'b'));
  });

  test('has typed statuses', () => {
    expectTypeOf(openaiBatch.statuses[0]).toEqualTypeOf<
      | 'validating'
      | 'in_progress'
      | 'finalizing'
      | 'cancelling'
      | 'completed'
      | 'failed'
      | 'expired'
      | 'cancelled'
      | undefined
    >();
  });
});

describe('an Apify run', () => {
  test('is watched until it has succeeded', () => {
    const { ready, running, succeeded } = apify;
    expect(watch(apifyRun, 'HG7ML7M8z78YcAPEB', [ready, running, succeeded])).toEqual({
      statuses: ['READY', 'RUNNING', 'SUCCEEDED'],
      end: 'complete',
      url: 'https://api.apify.com/v2/actor-runs/HG7ML7M8z78YcAPEB',
      headers: { Authorization: 'Bearer a-key' },
    });
  });

  test('that is timing out has not ended', () => {
    const { running, timingOut, timedOut } = apify;
    const { statuses, end } = watch(apifyRun, 'r', [running, timingOut, timedOut]);
    expect(statuses).toEqual(['RUNNING', 'TIMING-OUT']);
    expect(end).toEqual(new TaskUnsuccessfulError<string>('TIMED-OUT', 'r'));
  });
});

describe('a run of GitHub Actions', () => {
  const api = githubRun('octo-org', 'octo-repo');

  test('is watched until its conclusion is success', () => {
    const { queued, inProgress, success } = github;
    expect(watch(api, '30433642', [queued, inProgress, success])).toEqual({
      statuses: ['queued', 'in_progress', 'success'],
      end: 'complete',
      url: 'https://api.github.com/repos/octo-org/octo-repo/actions/runs/30433642',
      headers: { Authorization: 'Bearer a-key' },
    });
  });

  test('that timed out ends without success', () => {
    const { end } = watch(api, '1', [github.inProgress, github.timedOut]);
    expect(end).toEqual(new TaskUnsuccessfulError<string>('timed_out', '1'));
  });

  test('that waits for approval ends the watch with an error', () => {
    const { end } = watch(api, '1', [github.queued, github.actionRequired]);
    expect(isTaskStatusError(end) && end.code).toBe('unexpected-response');
  });
});
