import { lastValueFrom, of } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';
import { taskStatus$ } from '../../src/index.js';
import { TASK_ID } from '../support/history.js';

/** A transport for the error with this detail. */
const rejecting = (detail: string) =>
  fakeTaskApi({ [TASK_ID]: [[{ status: 400, body: JSON.stringify({ detail }) }, 0]] }).transport;

function messageOf(statuses$: ReturnType<typeof taskStatus$>): Promise<string> {
  return lastValueFrom(statuses$).then(
    () => 'no error',
    (error: unknown) => String(error),
  );
}

describe('law 18: no secrets: misuse and encodings', () => {
  test('the error for a transport that answers with a string does not show it', async () => {
    const apiKey = 'bu_secretsecret';
    const transport = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
      of(`echo ${headers.Authorization ?? ''}`) as never;
    const message = await messageOf(taskStatus$(TASK_ID, { apiKey, transport }));
    expect(message).toMatch(/^TypeError: transport must answer/);
    expect(message).not.toContain(apiKey);
  });

  test.each(['options', 'headers'])('a key instead of %s is not shown', (name) => {
    const key: unknown = 'bu_secretsecret';
    const misuse = () =>
      taskStatus$(TASK_ID, (name === 'options' ? key : { headers: key }) as never);
    expect(misuse).toThrow(new RegExp(`^${name} must be a plain object, got a string`));
  });

  test('a header that contains the key reads *** as a whole', async () => {
    const headers = { 'x-proxy': 'Basic-key1-hunter2hunter2' };
    const transport = rejecting('got Basic-key1-hunter2hunter2');
    const message = await messageOf(taskStatus$(TASK_ID, { apiKey: 'key1', headers, transport }));
    expect(message).toContain('got ***');
    expect(message).not.toContain('hunter2');
  });

  test.each(['a%21b%2ac%28d%29%7Ee', '%61!b*c(d)~e'])(
    'a key percent-encoded as %s reads ***',
    async (echo) => {
      const transport = rejecting(`no ${echo}`);
      const message = await messageOf(taskStatus$(TASK_ID, { apiKey: 'a!b*c(d)~e', transport }));
      expect(message).toMatch(/no \*\*\*$/);
    },
  );
});
