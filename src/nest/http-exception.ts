import {
  BadGatewayException,
  GatewayTimeoutException,
  NotFoundException,
  ServiceUnavailableException,
  UnprocessableEntityException,
  type HttpException,
} from '@nestjs/common';
import type { AnyTaskStatusError, TaskUnsuccessfulError } from 'rxjs-task-status';

/** An error that `TaskStatusExceptionFilter` answers. */
export type TaskFailure = AnyTaskStatusError<string> | TaskUnsuccessfulError<string>;

/**
 * Returns the exception that answers a client's request for an error of this library.
 *
 * Its message contains the client's own task id, and for a 404 and a 422 what the task API answered. For
 * other errors it contains nothing from the task API. Their messages are for the server's log.
 */
export function httpExceptionFor(failure: TaskFailure): HttpException {
  switch (failure.code) {
    case 'not-found':
      return new NotFoundException(failure.message);
    case 'invalid':
      return new UnprocessableEntityException(failure.message);
    case 'rate-limited':
      return new ServiceUnavailableException('The task API accepts no more requests now');
    case 'timeout':
      return new GatewayTimeoutException(failure.message);
    case 'request-timeout':
      return new GatewayTimeoutException('The task API did not answer in time');
    case 'unsuccessful':
      return failure.ended
        ? new BadGatewayException(failure.message)
        : new ServiceUnavailableException('The server stopped waiting for the task');
    default:
      return new BadGatewayException('The task API did not give a usable answer');
  }
}
