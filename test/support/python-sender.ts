import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Whether python3 is installed. */
export const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.log('No webhooks of Python: no python3 here (apt-get install python3).');

/** Arguments of Python's `json.dumps`. */
export interface PythonStyle {
  readonly separators?: readonly [item: string, key: string];
  readonly ensure_ascii?: boolean;
  readonly indent?: number | string;
  readonly sort_keys?: boolean;
}

/** A webhook as Python writes and signs it. */
export interface PythonWebhook {
  readonly body: string;
  /** What the signature covers, after the timestamp and a dot. */
  readonly canonical: string;
  readonly signature: string;
  readonly error?: undefined;
}

/** A Python process that writes and signs webhooks. */
export class PythonSender {
  static readonly SECRET = 'whsec_1234567890';
  static readonly TIMESTAMP = 1_700_000_000;

  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const script = fileURLToPath(new URL('python-sender.py', import.meta.url));
    this.#process = spawn('python3', ['-X', 'utf8', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /**
   * Reads a JSON text and writes it again. Requests must not overlap.
   *
   * @returns with `error` if Python cannot read the text
   */
  async send(
    text: string,
    style: PythonStyle = {},
  ): Promise<PythonWebhook | { readonly error: string }> {
    const { SECRET: secret, TIMESTAMP: timestamp } = PythonSender;
    this.#process.stdin.write(`${JSON.stringify({ text, style, secret, timestamp })}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error('python3 has ended');
    return JSON.parse(answer.value) as PythonWebhook | { error: string };
  }

  async stop(): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.stdin.end();
    await exit;
  }
}
