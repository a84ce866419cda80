/** The headers of an answer: a `Headers` object, or a plain record. */
export type ResponseHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | string[] | undefined>>;

/** The value of a header, its name in any case; `undefined` where there is none. Never throws. */
export function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  try {
    const value: unknown = typeof headers.get === 'function' ? headers.get(name) : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
