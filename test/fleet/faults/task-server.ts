import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { LifeAnswer, TaskLife } from './task-life.js';

/** A request, and what it was answered with. */
export interface Answer {
  readonly taskId: string;
  readonly worker: string;
  /** How often the worker had claimed the task when it sent the request. */
  readonly claim: number;
  readonly status: number;
  /** The status, or the code of the error that ends the task; `undefined` for a failure that passes. */
  readonly word: string | undefined;
  /** Whether the worker has said that it read the answer. */
  read: boolean;
}

/** An answer of a fault in place of the task's. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const CODES: Readonly<Record<number, string>> = { 404: 'not-found', 422: 'invalid' };

/**
 * A task API on a port. It keeps each answer with a number, which the worker reports after it has read it.
 */
export class TaskServer {
  /** All answers. The number of an answer is its index. */
  readonly answers: Answer[] = [];
  /** Decides for each request whether a fault answers it. */
  fault: ((worker: string, taskId: string) => FaultAnswer | undefined) | undefined;
  readonly url: string;
  readonly #server: Server;
  readonly #lives: ReadonlyMap<string, TaskLife>;
  /** The answers for each task. */
  readonly #byTask = new Map<string, Answer[]>();

  private constructor(server: Server, port: number, lives: ReadonlyMap<string, TaskLife>) {
    this.#server = server;
    this.#lives = lives;
    this.url = `http://127.0.0.1:${port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#respond(request, response),
    );
  }

  static async start(lives: ReadonlyMap<string, TaskLife>): Promise<TaskServer> {
    const server = createServer();
    // longer than any delay: a request must not meet a connection that is being closed
    server.keepAliveTimeout = 600_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new TaskServer(server, address.port, lives);
  }

  /** The answers for a task, in order. */
  answersFor(taskId: string): readonly Answer[] {
    return this.#byTask.get(taskId) ?? [];
  }

  /** A worker has read an answer. */
  onRead(number: number): void {
    const answer = this.answers[number];
    if (answer) answer.read = true;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const [, taskId = ''] = /\/task\/([^/]+)\/status$/.exec(request.url ?? '') ?? [];
    const worker = String(request.headers['x-worker']);
    const claim = Number(request.headers['x-claim']);
    const fault = this.fault?.(worker, taskId);
    const life = fault === undefined ? this.#lives.get(taskId)?.next() : undefined;
    const status = fault?.status ?? statusOf(life);
    const word = typeof life === 'string' ? life : CODES[fault ? 0 : status];
    const answer = { taskId, worker, claim, status, word, read: false };
    const number = this.answers.push(answer) - 1;
    const own = this.#byTask.get(taskId);
    if (own) own.push(answer);
    else this.#byTask.set(taskId, [answer]);
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-answer': String(number),
      ...fault?.headers,
    });
    response.end(status === 200 ? JSON.stringify(life) : '{"detail": "refused"}');
  }
}

function statusOf(life: LifeAnswer | undefined): number {
  return typeof life === 'string' ? 200 : (life ?? 404);
}
