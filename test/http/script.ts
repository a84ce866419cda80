/**
 * What passes between the suite and the fault server, as plain data: the suite may run in a browser
 * or in another process.
 */

/** What the server does with one request. */
export interface Answer {
  /** The HTTP status, 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as text, empty by default. */
  readonly body?: string;
  /** How the text becomes bytes, UTF-8 by default. */
  readonly written?: 'utf8' | 'utf16le' | 'latin1';
  /** The bytes are sent in two pieces, the first of them this long. */
  readonly splitAt?: number;
  readonly gzip?: boolean;
  /** The request's `authorization` and its `x-` headers stand in for the body. */
  readonly echo?: boolean;
  /** The connection is kept for the next request. */
  readonly keepAlive?: boolean;
  readonly fault?: Fault;
  /** Of a script's first answer: what a browser asks before its requests is refused. */
  readonly preflight?: 'refused';
}

type Fault =
  /** No byte, ever. */
  | 'silent'
  /** The connection is reset before any header. */
  | 'reset'
  /** The connection is closed before any header. */
  | 'hang up'
  /** The first bytes are no HTTP. */
  | 'no HTTP'
  /** After the body the connection is reset, where more of it was announced. */
  | 'reset in body'
  /** After the body the connection is closed, where more of it was announced by its length. */
  | 'cut off'
  /** After the body the connection is closed, without the last chunk. */
  | 'cut off in chunks'
  /** After the body nothing more comes, and the connection stays open. */
  | 'stalls'
  /** After the body comes white space, a byte at a time, for ever. */
  | 'trickles'
  /** After the body comes white space, as fast as it is taken, for ever. */
  | 'endless';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  /** Path and query as they came, without the script's own prefix. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Which connection it came over. */
  readonly connection: number;
  /** How it ended: `left` when the client closed the connection before the answer was whole. */
  readonly end: 'open' | 'answered' | 'broken' | 'left';
  /** How many bytes of the body the server's system has taken. */
  readonly sent: number;
}

/** Answers in the order of the requests; the last one is for all that follow. */
export type Script = readonly Answer[];

/** What the server tells of a script that it was given. */
export interface Part {
  /** The path, or the query that stands for it, under which the script is played. */
  readonly path: string;
  readonly query: string;
  /** Where to ask what was seen. */
  readonly seen: string;
}
