import { BadGatewayException, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Environment } from './environment.js';

/** Starts tasks. */
@Injectable()
export class TaskRunner {
  private readonly logger = new Logger(TaskRunner.name);

  constructor(private readonly config: ConfigService<Environment, true>) {}

  /** Starts a task and returns its id. */
  async start(task: string): Promise<string> {
    const baseUrl = this.config.get('BROWSER_USE_BASE_URL', { infer: true });
    const apiKey = this.config.get('BROWSER_USE_API_KEY', { infer: true });
    try {
      const response = await fetch(`${baseUrl}/run-task`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ task }),
        signal: AbortSignal.timeout(30_000),
      });
      if (!response.ok) throw new Error(`the task API answered ${response.status}`);
      const { id } = (await response.json()) as { id: string };
      return id;
    } catch (error) {
      this.logger.error(`A task was not started: ${String(error)}`);
      throw new BadGatewayException('The task was not started');
    }
  }
}
