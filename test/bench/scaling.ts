// What many tasks cost in one process, with taskStatus$ for each and with a pool, over HTTP and with
// default options: npm run bench:scaling
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const WAYS = ['taskStatus$', 'pool'] as const;
const GROUPS = [100, 1_000] as const;
/** How long an answer takes, ms. */
const LATENCY = 50;
/** When the server starts to answer 429, ms after the first request, and for how long, ms. */
const LIMIT_AT = 8_000;
const LIMIT_FOR = 3_000;
/** How long a run lasts, ms after the first request. */
const LASTS = 15_000;

const [way, url, tasks] = process.argv.slice(2);
if (way === undefined || url === undefined) await compare();
else await watch(way, url, Number(tasks));

async function compare(): Promise<void> {
  console.log('| Way | Tasks | Requests a second | Most at a time | 429s | CPU | Memory |');
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  for (const group of GROUPS) {
    for (const each of WAYS) console.log(await measure(each, group));
  }
  console.log(
    `\nAnswers take ${LATENCY} ms; 429s: what was sent into a limit of ${LIMIT_FOR / 1_000} s; CPU: of one core.`,
  );
}

/** One row of the table: a process that watches, and a server that counts requests. */
async function measure(each: string, group: number): Promise<string> {
  const count = { requests: 0, now: 0, most: 0, refused: 0 };
  let began = 0;
  const server = createServer((_, response) => {
    began ||= performance.now();
    const elapsed = performance.now() - began;
    const limited = elapsed >= LIMIT_AT && elapsed < LIMIT_AT + LIMIT_FOR;
    count.requests += 1;
    count.now += 1;
    count.most = Math.max(count.most, count.now);
    if (limited) count.refused += 1;
    setTimeout(() => {
      count.now -= 1;
      if (limited) {
        const left = String(Math.ceil((LIMIT_AT + LIMIT_FOR - elapsed) / 1_000));
        response.writeHead(429, { 'retry-after': left }).end('{"detail": "Too many"}');
      } else response.writeHead(200, { 'content-type': 'application/json' }).end('"running"');
    }, LATENCY);
  });
  await new Promise<void>((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    fileURLToPath(import.meta.url),
    each,
    `http://127.0.0.1:${address.port}`,
    String(group),
  ]);
  server.close();
  const [cpu = '', memory = ''] = stdout.trim().split(' ');
  const perSecond = Math.round((count.requests / LASTS) * 1_000);
  const name = each === 'pool' ? '`createTaskStatusPool`' : '`taskStatus$`';
  return `| ${name} | ${group.toLocaleString('en')} | ${perSecond} | ${count.most} | ${count.refused} | ${cpu} % | ${memory} MB |`;
}

/** Watches for a while and prints the cost. */
async function watch(each: string, baseUrl: string, group: number): Promise<void> {
  const { createTaskStatusPool, taskStatus$ } = await import('rxjs-task-status');
  const ids = Array.from({ length: group }, (_, n) => `task_${n}`);
  const before = process.cpuUsage();
  if (each === 'pool') createTaskStatusPool({ baseUrl }).statuses$(ids).subscribe();
  else for (const id of ids) taskStatus$(id, { baseUrl }).subscribe();
  await sleep(LASTS);
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1_000 / LASTS;
  console.log(Math.round(cpu * 100), Math.round(process.memoryUsage().rss / 1e6));
  process.exit();
}
