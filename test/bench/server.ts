import { createServer } from 'node:http';

/** Each path is a task that is created, then runs, and is finished at the last poll. */
const polls = Number(process.argv[2]);
const requestCount = new Map<string, number>();

const server = createServer((request, response) => {
  const { url = '' } = request;
  const poll = (requestCount.get(url) ?? 0) + 1;
  requestCount.set(url, poll);
  const status = poll >= polls ? 'finished' : poll === 1 ? 'created' : 'running';
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(status));
});

server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit());
