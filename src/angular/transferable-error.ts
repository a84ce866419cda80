import {
  AuthenticationError,
  HttpStatusError,
  isTaskStatusError,
  NetworkError,
  RateLimitError,
  RequestTimeoutError,
  TaskNotFoundError,
  TaskTimeoutError,
  TaskValidationError,
  UnexpectedResponseError,
  type TaskStatusError,
  type TaskStatusErrorCode,
  type ValidationIssue,
} from 'rxjs-task-status';

/** An error as JSON. Without its `cause`, which may name machines behind the server. */
export interface TransferableError {
  readonly name: string;
  readonly message: string;
  /** Absent unless it is a `TaskStatusError`. */
  readonly code?: TaskStatusErrorCode;
  readonly facts: Facts;
}

/** The fields of any error of this library. */
interface Facts {
  readonly taskId: string;
  readonly attempts: number;
  readonly elapsed: number;
  readonly lastStatus?: string | undefined;
  readonly status: number;
  readonly detail: string;
  readonly retryAfter?: number | undefined;
  readonly issues: ValidationIssue[];
  readonly body: string;
  readonly timeout: number;
}

const NO_FACTS: Facts = {
  taskId: '',
  attempts: 0,
  elapsed: 0,
  status: 0,
  detail: '',
  issues: [],
  body: '',
  timeout: 0,
};

/** Turns an error into JSON for the browser. */
export function toTransferable(error: unknown): TransferableError {
  if (isTaskStatusError<string>(error)) {
    const { name, message, code } = error;
    return { name, message, code, facts: Object.assign({ ...NO_FACTS }, error) };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message, facts: NO_FACTS };
}

/** Turns the JSON of an error into an error of the same class. */
export function fromTransferable({ name, message, code, facts }: TransferableError): Error {
  const error = code ? create(code, facts) : Object.assign(new Error(message), { name });
  // the message of the server, which may contain more than the fields
  error.message = message;
  return error;
}

function create(code: TaskStatusErrorCode, facts: Facts): TaskStatusError<string> {
  const { taskId, attempts, elapsed, lastStatus, retryAfter, status, detail, issues } = facts;
  const { body, timeout } = facts;
  const watch = { taskId, attempts, elapsed, lastStatus };
  const answer = { ...watch, status, detail, retryAfter };
  switch (code) {
    case 'not-found':
      return new TaskNotFoundError(answer);
    case 'invalid':
      return new TaskValidationError({ ...answer, issues });
    case 'unauthorized':
      return new AuthenticationError(answer);
    case 'rate-limited':
      return new RateLimitError(answer);
    case 'http':
      return new HttpStatusError(answer);
    case 'unexpected-response':
      return new UnexpectedResponseError({ ...watch, status, retryAfter, body, problem: '' });
    case 'network':
      return new NetworkError({ ...watch, reason: '' });
    case 'request-timeout':
      return new RequestTimeoutError({ ...watch, timeout });
    case 'timeout':
      return new TaskTimeoutError({ ...watch, timeout });
  }
}
