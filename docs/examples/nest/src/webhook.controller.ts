import {
  Body,
  Controller,
  Headers,
  HttpCode,
  HttpStatus,
  Post,
  Req,
  UnauthorizedException,
  type RawBodyRequest,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { IncomingHttpHeaders } from 'node:http';
import type { TaskStatusPool } from 'rxjs-task-status';
import { InjectTaskStatus } from 'rxjs-task-status/nest';
import { verifyTaskWebhook } from 'rxjs-task-status/node';
import type { Environment } from './environment.js';

@Controller('webhook')
export class WebhookController {
  constructor(
    private readonly config: ConfigService<Environment, true>,
    @InjectTaskStatus() private readonly pool: TaskStatusPool,
  ) {}

  /** A webhook is a reason to poll the task now. It is never the status itself. */
  @Post()
  @HttpCode(HttpStatus.NO_CONTENT)
  async receive(
    @Req() request: RawBodyRequest<object>,
    @Headers() headers: IncomingHttpHeaders,
    @Body() body?: { readonly type?: unknown },
  ): Promise<void> {
    const secret = this.config.get('BROWSER_USE_WEBHOOK_SECRET', { infer: true });
    const event = await verifyTaskWebhook(request.rawBody, headers, secret);
    // the vendor sends a test event before it shows the secret
    if (!event && body?.type !== 'test') {
      throw new UnauthorizedException('The webhook is not signed with this secret');
    }
    // If the API is a moment behind, the next poll follows within five seconds.
    if (event?.taskId !== undefined) this.pool.pollNow(event.taskId);
  }
}
