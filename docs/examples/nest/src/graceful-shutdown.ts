import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the application waits for the responses that are being sent, ms. */
const MAX_WAIT = 5_000;

/**
 * Sends all responses before the server closes.
 *
 * Nest calls `beforeApplicationShutdown` after every `onModuleDestroy`, so the pool is closed: requests
 * that wait for a task are being answered with 503, and event streams end.
 */
@Injectable()
export class GracefulShutdown implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly responses = new Set<ServerResponse>();

  constructor(private readonly host: HttpAdapterHost) {}

  onApplicationBootstrap(): void {
    this.server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.responses.add(response);
      response.once('close', () => this.responses.delete(response));
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    const sent = Promise.allSettled([...this.responses].map((response) => once(response, 'close')));
    const timer = new AbortController();
    await Promise.race([sent, sleep(MAX_WAIT, undefined, { signal: timer.signal })]);
    timer.abort();
    // connections without a request would keep the server open
    this.server.closeAllConnections();
  }

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}
