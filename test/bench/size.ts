import { spawnSync } from 'node:child_process';

import { tell } from './rows.js';

/** What `npm run size` measures, of this copy; it also prints sizes that break its limits. */
const { stdout } = spawnSync(process.execPath, ['node_modules/size-limit/bin.js', '--json'], {
  encoding: 'utf8',
});
for (const { name, size } of JSON.parse(stdout) as { name: string; size: number }[]) {
  tell({
    measure: 'Bundle for a browser, minified, gzip',
    contestant: name,
    value: size / 1000,
  });
}
