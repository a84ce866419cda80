import type { RequestSignal } from './transport.js';

/**
 * Why a signal was aborted: its `reason`, or an `AbortError` where the runtime has none (React Native).
 */
export function abortReason(signal: RequestSignal): unknown {
  const reason: unknown = signal.reason;
  if (reason !== undefined) return reason;
  const message = 'The operation was aborted';
  return typeof DOMException === 'function'
    ? new DOMException(message, 'AbortError')
    : Object.assign(new Error(message), { name: 'AbortError' });
}
