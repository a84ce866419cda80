// Watches a task: watch.ts <base URL> <what to do, a word each>
import { config } from 'rxjs';
import { taskStatusEmitter } from 'rxjs-task-status/node';

const [, , baseUrl, ...acts] = process.argv;
const emitter = taskStatusEmitter('task_1', { baseUrl });
const print = (line: string) => process.stdout.write(`${line}\n`);

emitter.on('status', (status) => {
  print(status);
  if (acts.includes('close')) emitter.close();
  if (acts.includes('throw')) throw new Error(`thrown at ${status}`);
});
emitter.on('finished', () => print('the finished event'));
emitter.on('end', () => print('end'));
if (acts.includes('listen')) emitter.on('error', (error) => print(String(error)));
if (acts.includes('catch')) {
  process.on('uncaughtException', ({ message }) => print(`uncaught: ${message}`));
}
if (acts.includes('hook')) config.onUnhandledError = () => print('RxJS took it');
process.on('exit', () => print('exit'));
