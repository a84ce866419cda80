import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { TaskStatusPool } from 'rxjs-task-status';
import { InjectTaskStatus } from 'rxjs-task-status/nest';

/** Whether the task API answers. */
@Injectable()
export class TaskHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @InjectTaskStatus() private readonly pool: TaskStatusPool,
  ) {}

  check(key: string): HealthIndicatorResult {
    const { watching, failing, lastAnswerAt } = this.pool.stats();
    const details = {
      watching,
      failing,
      lastAnswerAt: lastAnswerAt === undefined ? null : new Date(lastAnswerAt).toISOString(),
    };
    const indicator = this.indicators.check(key);
    // if one task fails, the cause may be the task; if all fail, it is the API
    return failing > 0 && failing === watching ? indicator.down(details) : indicator.up(details);
  }
}
