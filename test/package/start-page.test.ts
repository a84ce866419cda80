import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

const { folders } = inject('installed');

test('the first program of "Start here" runs with node after npm install', async () => {
  const page = await readFile('docs/start.md', 'utf8');
  const [, program = ''] = /^```js\n([^]*?)^```$/m.exec(page) ?? [];
  const folder = folders['7.8.2'];
  await writeFile(join(folder, 'try.mjs'), program);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['try.mjs'], {
    cwd: folder,
  });
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toBe('created');
  // a slow machine may miss a status between them
  expect(lines.slice(-2)).toEqual(['finished', 'done']);
});
