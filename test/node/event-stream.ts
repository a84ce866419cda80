/** An event as an `EventSource` dispatches it. */
interface ReadEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** What an `EventSource` has read from an event stream. */
export interface ReadStream {
  readonly events: readonly ReadEvent[];
  /** The reconnection time, ms, if the stream has set it. */
  readonly retry: number | undefined;
  readonly comments: readonly string[];
}

/** Reads an event stream by the rules of WHATWG HTML, 9.2.6 Interpreting an event stream. */
export function readEventStream(text: string): ReadStream {
  const events: ReadEvent[] = [];
  const comments: string[] = [];
  let retry: number | undefined;
  let lastEventId = '';
  let type = '';
  let data = '';
  // as UTF-8 decode does with the bytes
  const decoded = new TextDecoder().decode(new TextEncoder().encode(text));
  // the last line is not complete, or empty
  for (const line of decoded.split(/\r\n|\r|\n/).slice(0, -1)) {
    if (line === '') {
      if (data !== '')
        events.push({ type: type || 'message', data: data.slice(0, -1), lastEventId });
      type = data = '';
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      comments.push(line.slice(1).trim());
      continue;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'data') data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) lastEventId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retry = Number(value);
  }
  return { events, retry, comments };
}
