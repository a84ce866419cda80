import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { withoutNetwork } from './build-site.js';

const REQUESTS = [
  `await fetch('http://127.0.0.1:4321')`,
  `(await import('node:net')).connect(4321, '127.0.0.1')`,
  `await (await import('node:util')).promisify((await import('node:dns')).lookup)('localhost')`,
];

test.each(REQUESTS)('the build could not do this: %s', async (program) => {
  const args = ['--input-type=module', '--eval', program];
  await expect(
    promisify(execFile)(process.execPath, args, { env: withoutNetwork() }),
  ).rejects.toThrow('This program must not use the network');
});
