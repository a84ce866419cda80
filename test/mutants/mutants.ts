/** A small patch of the sources that breaks one law. */
export interface Mutant {
  /** The law: its number and name, and so the file in `test/laws` that must catch it. */
  readonly law: string;
  /** What it does wrong. */
  readonly wrong: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    law: '01-cold',
    wrong: 'books a timer before anyone subscribes',
    file: 'src/stream/observe.ts',
    from: '  return new Observable(',
    to: '  options.scheduler.schedule(() => undefined, 1);\n  return new Observable(',
  },
  {
    law: '02-immediate',
    wrong: 'sends the first request a millisecond after subscribe',
    file: 'src/watch/watch.ts',
    from: 'if (!this.#closed && !this.#held && !this.#request) this.#send();',
    to: 'if (!this.#closed && !this.#held && !this.#request) this.#sendAfter(1);',
  },
  {
    law: '03-one-at-a-time',
    wrong: 'asks again at the end of a pause while a request is on its way',
    file: 'src/watch/watch.ts',
    from: 'if (this.#request || (this.#starting && !this.attempts)) return;',
    to: 'if (this.#starting && !this.attempts) return;',
  },
  {
    law: '04-distinct',
    wrong: 'emits the status that the caller has named as known',
    file: 'src/watch/watch.ts',
    from: 'const changed = status !== undefined && status !== this.#known();',
    to: 'const changed = status !== undefined && status !== this.#lastStatus;',
  },
  {
    law: '05-terminal',
    wrong: 'takes a paused task for one that has ended',
    file: 'src/api/task-api.ts',
    from: "terminal: ['finished', 'stopped', 'failed'],",
    to: "terminal: ['finished', 'stopped', 'failed', 'paused'],",
  },
  {
    law: '06-backoff',
    wrong: 'does not start again when the status changes',
    file: 'src/watch/watch.ts',
    from: 'backoff.resetOnChange && word !== this.#word ? 1 : this.#seen + 1',
    to: 'this.#seen + 1',
  },
  {
    law: '07-silent',
    wrong: 'leaves the timer of requestTimeout behind',
    file: 'src/watch/watch.ts',
    from: '    this.#limit?.unsubscribe();\n    this.#deadline?.unsubscribe();',
    to: '    this.#deadline?.unsubscribe();',
  },
  {
    law: '08-permanent',
    wrong: 'retries a 409',
    file: 'src/api/response.ts',
    from: '[408, 425, 429]',
    to: '[408, 409, 425, 429]',
  },
  {
    law: '09-transient',
    wrong: 'gives up on a 425',
    file: 'src/api/response.ts',
    from: '[408, 425, 429]',
    to: '[408, 429]',
  },
  {
    law: '10-pacing',
    wrong: 'does not heed Retry-After on a 200',
    file: 'src/watch/watch.ts',
    from: 'this.#floor = Math.min(asked ?? 0, good ? retry.maxRetryAfter : Infinity);',
    to: 'this.#floor = good ? 0 : (asked ?? 0);',
  },
  {
    law: '11-deadline',
    wrong: 'gives the last look a second more',
    file: 'src/watch/watch.ts',
    from: 'const LAST_LOOK = 30_000;',
    to: 'const LAST_LOOK = 31_000;',
  },
  {
    law: '12-pause-and-nudge',
    wrong: 'lets a nudged request leave 200 ms after the one before it',
    file: 'src/watch/watch.ts',
    from: 'const NUDGE_GAP = 250;',
    to: 'const NUDGE_GAP = 200;',
  },
  {
    law: '13-virtual-time',
    wrong: 'takes an answer that came at once a microtask later',
    file: 'src/watch/watch.ts',
    from: 'result.subscribe({ next, error, complete })',
    to: 'result.subscribe({ next: (value) => void Promise.resolve(value).then(next), error, complete })',
  },
  {
    law: '14-clock-steps',
    wrong: 'takes a clock that was set back at its word',
    file: 'src/watch/watch.ts',
    from: 'return Math.max(0, this.#options.scheduler.now() - then);',
    to: 'return this.#options.scheduler.now() - then;',
  },
  {
    law: '15-order',
    wrong: 'subscribes to pollNow before pauseWhile',
    file: 'src/watch/watch.ts',
    from: '    this.#follow(pauseWhile, (held) => this.#hold(held === true));\n    this.#follow(pollNow, () => this.#nudge());',
    to: '    this.#follow(pollNow, () => this.#nudge());\n    this.#follow(pauseWhile, (held) => this.#hold(held === true));',
  },
  {
    law: '16-not-found-grace',
    wrong: 'still forgives a 404 when the grace has just passed',
    file: 'src/watch/watch.ts',
    from: 'this.#since(this.#startedAt) < notFoundGrace',
    to: 'this.#since(this.#startedAt) <= notFoundGrace',
  },
  {
    law: '17-ignored-words',
    wrong: 'emits a status again after a word that it ignored',
    file: 'src/watch/watch.ts',
    from: 'if (status !== undefined) this.#lastStatus = status;',
    to: 'this.#lastStatus = status;',
  },
  {
    law: '18-no-secrets',
    wrong: 'shows the key that the server echoes',
    file: 'src/api/redact.ts',
    from: '  secrets.push(...keys, ...keys.map((key) => key.trim()));\n',
    to: '',
  },
];

/** Puts a mutant in the place of the source; throws where the source is no longer the one it was made for. */
export function mutate({ file, from, to }: Mutant, source: string): string {
  if (source.split(from).length !== 2) throw new Error(`${file} must hold once: ${from}`);
  return source.replace(from, () => to);
}
