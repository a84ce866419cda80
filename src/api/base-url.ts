import { fieldOf, show } from './guards.js';

/** A base URL in two parts, between which the path of a task is inserted. */
export interface BaseUrl {
  /** Origin and path, without slashes at the end. */
  readonly baseUrl: string;
  /** The query with its `?`; empty if there is none. */
  readonly query: string;
}

/**
 * Splits the URL of a task API.
 *
 * @param name the option in messages
 * @param value a string, or a `URL` of any realm
 * @param relativeTo the URL that a relative URL is resolved against, where there is one
 * @throws TypeError if it is not http(s), has credentials, or is relative without `relativeTo`
 */
export function parseBaseUrl(name: string, value: unknown, relativeTo?: unknown): BaseUrl {
  const href = typeof value === 'string' ? value : fieldOf(value, 'href');
  const text = typeof href === 'string' ? href.trim() : '';
  // first without a base: with one, 'https:host' would be relative
  const absolute = parse(text);
  const url = absolute ?? parse(text, relativeTo);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    // the part before an @ may contain a password, and the query a secret
    const shown = text.replace(/.*@/s, '***@').replace(/[?#].*/s, '');
    throw new TypeError(
      `${name} must be an absolute http(s) URL without credentials, got ${show(text ? shown : value)}` +
        (absolute ? '' : "; in a page use new URL('/api/v1', location.origin)"),
    );
  }
  return { baseUrl: url.origin + url.pathname.replace(/\/+$/, ''), query: url.search };
}

function parse(text: string, base?: unknown): URL | undefined {
  try {
    // an empty text would resolve to the page
    if (text) return typeof base === 'string' ? new URL(text, base) : new URL(text);
  } catch {
    // relative, or not a URL
  }
  return undefined;
}
