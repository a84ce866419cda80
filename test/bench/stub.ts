/** A request, for every contestant. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, for every contestant. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
}

export type Send = (request: Request) => Promise<Answer>;

const headers = { get: () => null };
const CREATED: Answer = { status: 200, headers, body: '"created"' };
const RUNNING: Answer = { status: 200, headers, body: '"running"' };
const FINISHED: Answer = { status: 200, headers, body: '"finished"' };

/** The number of requests to all stubs. */
export let requestCount = 0;

/** A stub transport for one task, which is created, then runs, and is finished at the last poll. */
export function answers(polls: number): Send {
  let poll = 0;
  return () => {
    requestCount++;
    poll++;
    return Promise.resolve(poll >= polls ? FINISHED : poll === 1 ? CREATED : RUNNING);
  };
}
