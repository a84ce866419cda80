/** The headers of a request: a `Headers`, or Node's `request.headers` with names in any case. */
export type WebhookHeaders =
  | {
      /** The value of a header; the name is in lower case. */
      get(name: string): string | null | undefined;
    }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The value of a header; `undefined` if it is missing, or if it occurs more than once.
 *
 * @param name in lower case
 */
export function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  if (isReader(headers)) return headers.get(name) ?? undefined;
  const values = Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
  return values.length === 1 ? values[0] : undefined;
}

function isReader(headers: WebhookHeaders): headers is Extract<WebhookHeaders, { get: unknown }> {
  return typeof headers.get === 'function';
}
