import { fieldOf, show } from './guards.js';

/** The two parts of a URL between which the path of a task goes. */
export interface BaseUrl {
  /** Origin and path, without slashes at the end. */
  readonly baseUrl: string;
  /** With its `?`; empty if there is none. */
  readonly query: string;
}

/**
 * Splits the URL of a task API.
 *
 * @param value a string, or a `URL` of any realm
 * @param relativeTo what a relative URL is resolved against
 * @throws TypeError if it is not http(s), has credentials, or is relative to nothing
 */
export function parseBaseUrl(name: string, value: unknown, relativeTo?: unknown): BaseUrl {
  const href = typeof value === 'string' ? value : fieldOf(value, 'href');
  const text = typeof href === 'string' ? href.trim() : '';
  // on its own first: with a base, 'https:host' would be relative
  const absolute = parse(text);
  const url = absolute ?? parse(text, relativeTo);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    // what stands before an @ may be a password, and a query may hold a secret
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
    // an empty one would be the page itself
    if (text) return typeof base === 'string' ? new URL(text, base) : new URL(text);
  } catch {
    // relative, or not a URL
  }
  return undefined;
}
