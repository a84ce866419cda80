/**
 * The messages between the suite and the fault server. They are plain data, because the suite may run in a
 * browser or another process.
 */

/** What the server does with one request. */
export interface Answer {
  /** The HTTP status, 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as text, empty by default. */
  readonly body?: string;
  /** The encoding of the text, UTF-8 by default. */
  readonly encoding?: 'utf8' | 'utf16le' | 'latin1';
  /** The body is sent in two pieces; the length of the first one. */
  readonly splitAt?: number;
  readonly gzip?: boolean;
  /** The body contains the request's `authorization` and `x-` headers. */
  readonly echo?: boolean;
  /** The connection stays open for the next request. */
  readonly keepAlive?: boolean;
  readonly fault?: Fault;
  /** In a script's first answer: the server rejects the browser's preflight request. */
  readonly preflight?: 'refused';
}

type Fault =
  /** Nothing is sent. */
  | 'silent'
  /** The connection is reset before any header. */
  | 'reset'
  /** The connection is closed before any header. */
  | 'hang up'
  /** The first bytes are not HTTP. */
  | 'no HTTP'
  /** The connection is reset after the body, which is shorter than announced. */
  | 'reset in body'
  /** The connection is closed after the body, which is shorter than announced. */
  | 'cut off'
  /** The connection is closed after the body, without the last chunk. */
  | 'cut off in chunks'
  /** After the body nothing is sent, and the connection stays open. */
  | 'stalls'
  /** After the body white space follows without end, one byte at a time. */
  | 'trickles'
  /** After the body white space follows without end, as fast as the client reads it. */
  | 'endless';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  /** Path and query, without the prefix of the script. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The number of its connection. */
  readonly connection: number;
  /** How it ended; `aborted` if the client closed the connection before the end of the answer. */
  readonly end: 'open' | 'answered' | 'broken' | 'aborted';
  /** How many bytes of the body the server has passed to its system. */
  readonly sent: number;
}

/** The answers in the order of the requests. The last one is repeated. */
export type Script = readonly Answer[];

/** Where the server plays a script. */
export interface Part {
  /** The path of the script's requests, or the query for requests without that path. */
  readonly path: string;
  readonly query: string;
  /** The path of the recorded requests. */
  readonly seen: string;
}
