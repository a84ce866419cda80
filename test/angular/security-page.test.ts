import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('docs/security.md shows the proxy of the task board', async () => {
  const page = await readFile('docs/security.md', 'utf8');
  const proxy = await readFile('docs/examples/angular/server/proxy.mjs', 'utf8');
  expect(page).toContain(`\`\`\`js\n${proxy}\`\`\``);
});
