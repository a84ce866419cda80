import { isObject } from './guards.js';
import { misuse } from './misuse.js';
import type { StatusResponse } from './response.js';

/** A transport's value as the answer that it must be. */
export function checkResponse(value: unknown): StatusResponse {
  if (isResponse(value)) return value;
  throw misuse(`transport must answer with a StatusResponse, got ${typeof value}`);
}

function isResponse(value: unknown): value is StatusResponse {
  try {
    if (!isObject(value)) return false;
    const { status, body, headers } = value;
    return (
      typeof status === 'number' &&
      typeof body === 'string' &&
      isObject(headers) &&
      typeof headers.get === 'function'
    );
  } catch {
    return false; // a getter of a foreign object may throw
  }
}
