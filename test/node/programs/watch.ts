// Watches a task: watch.ts <base URL> <close|throw|listen|catch|hook...>
import { config } from 'rxjs';
import { taskStatusEmitter } from 'rxjs-task-status/node';

const [, , baseUrl, ...actions] = process.argv;
const emitter = taskStatusEmitter('task_1', { baseUrl });
const print = (line: string) => process.stdout.write(`${line}\n`);

emitter.on('status', (status) => {
  print(status);
  if (actions.includes('close')) emitter.close();
  if (actions.includes('throw')) throw new Error(`thrown at ${status}`);
});
emitter.on('finished', () => print('the finished event'));
emitter.on('end', () => print('end'));
if (actions.includes('listen')) emitter.on('error', (error) => print(String(error)));
if (actions.includes('catch')) {
  process.on('uncaughtException', ({ message }) => print(`uncaught: ${message}`));
}
if (actions.includes('hook')) config.onUnhandledError = () => print('RxJS took it');
process.on('exit', () => print('exit'));
