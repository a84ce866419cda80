/** What every contestant asks with. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** What every contestant is answered. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
}

export type Ask = (request: Request) => Promise<Answer>;

const headers = { get: () => null };
const CREATED: Answer = { status: 200, headers, body: '"created"' };
const RUNNING: Answer = { status: 200, headers, body: '"running"' };
const FINISHED: Answer = { status: 200, headers, body: '"finished"' };

/** How often all stubs together were asked. */
export let asked = 0;

/** A stub transport for one task, which is created, then runs, and has finished at the last poll. */
export function answers(polls: number): Ask {
  let poll = 0;
  return () => {
    asked++;
    poll++;
    return Promise.resolve(poll >= polls ? FINISHED : poll === 1 ? CREATED : RUNNING);
  };
}
