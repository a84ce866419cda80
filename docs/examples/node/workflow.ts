// A workflow: each step is a task that starts when the steps before it have finished.
// node --import tsx docs/examples/node/workflow.ts
import { EventEmitter } from 'node:events';
import { taskStatusEmitter } from 'rxjs-task-status/node';
import { options, runTask } from './run-task.js';

interface Step {
  readonly task: string;
  readonly after: readonly string[];
}

interface WorkflowEvents {
  started: [step: string, taskId: string];
  finished: [step: string];
  failed: [step: string, reason: unknown];
  /** Every step has finished. */
  done: [];
}

class Workflow extends EventEmitter<WorkflowEvents> {
  readonly #steps: Map<string, Step>;
  readonly #finished = new Set<string>();
  readonly #started = new Set<string>();
  readonly #abort = new AbortController();

  constructor(steps: Record<string, Step>) {
    super();
    this.#steps = new Map(Object.entries(steps));
    // the other watches end too; their tasks are not stopped
    this.on('failed', () => this.#abort.abort());
  }

  startWhatIsReady(): void {
    for (const [step, { task, after }] of this.#steps) {
      if (this.#started.has(step) || !after.every((name) => this.#finished.has(name))) continue;
      this.#started.add(step);
      this.#start(step, task).catch((error: unknown) => this.emit('failed', step, error));
    }
  }

  #finish(step: string): void {
    this.#finished.add(step);
    this.emit('finished', step);
    if (this.#finished.size === this.#steps.size) this.emit('done');
    else this.startWhatIsReady();
  }

  async #start(step: string, task: string): Promise<void> {
    const taskId = await runTask(task);
    const { signal } = this.#abort;
    if (signal.aborted) return;
    this.emit('started', step, taskId);
    const emitter = taskStatusEmitter(taskId, { ...options, notFoundGrace: 10_000 });
    const close = () => emitter.close();
    signal.addEventListener('abort', close);
    emitter
      .on('finished', () => this.#finish(step))
      .on('failed', () => this.emit('failed', step, 'the task failed'))
      .on('stopped', () => this.emit('failed', step, 'somebody stopped the task'))
      .on('error', (error) => this.emit('failed', step, error))
      .on('end', () => signal.removeEventListener('abort', close));
  }
}

const workflow = new Workflow({
  'sign in': { task: 'Sign in to the shop', after: [] },
  orders: { task: 'Download the orders of this month', after: ['sign in'] },
  invoices: { task: 'Download the invoices of this month', after: ['sign in'] },
  report: { task: 'Write to the bookkeeper', after: ['orders', 'invoices'] },
});
workflow
  .on('started', (step, taskId) => console.log(`${step}: started as ${taskId}`))
  .on('finished', (step) => console.log(`${step}: finished`))
  .on('done', () => console.log('The workflow is done.'))
  .on('failed', (step, reason) => {
    console.error(`${step}: ${String(reason)}`);
    process.exitCode = 1;
  });
workflow.startWhatIsReady();
