import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { isTaskStatusError } from 'rxjs-task-status';

import { httpExceptionFor, type TaskFailure } from './http-exception.js';

/** The `Retry-After` of a 503 if the task API did not say how long to wait, ms. */
const DEFAULT_RETRY_AFTER = 30_000;

/** The codes of errors that are not logged: the cause is neither the task API nor the key. */
const UNLOGGED: ReadonlySet<TaskFailure['code']> = new Set([
  'not-found',
  'invalid',
  'timeout',
  'unsuccessful',
]);

/**
 * The errors that the filter catches, for `instanceof`. Unlike their classes, it also recognises errors
 * from a second copy of the package. All other errors go to the next filter.
 */
abstract class CaughtError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isTaskStatusError(value) || isUnsuccessful(value);
  }
}

/** What the responses of Express and Fastify have in common. */
interface HttpResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  send(body: unknown): unknown;
  end(): unknown;
  readonly headersSent: boolean;
  /** Node's own response, in Fastify. */
  readonly raw?: Pick<HttpResponse, 'end' | 'headersSent'>;
}

/**
 * Answers HTTP requests that fail with an error of this library.
 *
 * | Error | HTTP status |
 * |---|---|
 * | `TaskNotFoundError` | 404 |
 * | `TaskValidationError` | 422 |
 * | `RateLimitError` | 503, with `Retry-After` |
 * | `TaskTimeoutError`, `RequestTimeoutError` | 504 |
 * | `TaskUnsuccessfulError` | 502; 503 if the pool was closed before the task had ended |
 * | all others | 502 |
 *
 * The body is that of a Nest exception: `{ statusCode, message, error }`. If the cause is the task API or
 * the key, Nest's log gets the message of the error and the client gets a general one. Other errors go to
 * the next filter. The filter works with Express and Fastify. It ignores errors in GraphQL and in
 * microservices.
 *
 * @example
 * \@Module({ providers: [{ provide: APP_FILTER, useClass: TaskStatusExceptionFilter }] })
 * export class AppModule {}
 */
@Catch(CaughtError)
export class TaskStatusExceptionFilter implements ExceptionFilter<TaskFailure> {
  readonly #logger = new Logger('TaskStatusExceptionFilter');

  /** Answers the request. Nest calls it. */
  catch(exception: TaskFailure, host: ArgumentsHost): void {
    if (host.getType() !== 'http') return;
    const answer = httpExceptionFor(exception);
    const status = answer.getStatus();
    if (!UNLOGGED.has(exception.code)) this.#logger.error(exception.message);

    const response = host.switchToHttp().getResponse<HttpResponse>();
    const raw = response.raw ?? response;
    if (raw.headersSent) {
      raw.end();
      return;
    }
    if (exception.code === 'rate-limited') {
      const delay = exception.retryAfter ?? DEFAULT_RETRY_AFTER;
      response.header('Retry-After', String(Math.ceil(delay / 1_000)));
    }
    response.status(status);
    response.send(answer.getResponse());
  }
}

function isUnsuccessful(value: unknown): boolean {
  return value instanceof Error && 'code' in value && value.code === 'unsuccessful';
}
