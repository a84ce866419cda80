// Runs the TypeScript of docs/node.md as it is printed, one block after the other, and prints what each
// one prints. The argument is a folder for the blocks.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , folder = ''] = process.argv;
const page = await readFile('docs/node.md', 'utf8');
const blocks = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => code);
// once more, for the subscriber of the diagnostics channel, which is the last block
blocks.push(blocks[0] ?? '');
const given = globalThis as { taskId?: string };

let current = 0;
// a block has ended when nothing keeps the process alive
process.on('beforeExit', () => {
  if (current < blocks.length) void run(current++);
});

async function run(index: number): Promise<void> {
  console.log(`block ${index + 1}`);
  given.taskId = `block_${index + 1}`;
  const file = join(folder, `block-${index + 1}.ts`);
  await writeFile(file, blocks[index] ?? '');
  await import(pathToFileURL(file).href);
  console.log('end');
}
