/** The longest body that is read unless the API says otherwise: bytes. */
export const DEFAULT_BODY_LIMIT = 65_536;

/** Carries the API's own limit on a request. */
export const BODY_LIMIT = Symbol.for('rxjs-task-status.bodyLimit');
