import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { TerminusModule } from '@nestjs/terminus';
import { TaskStatusExceptionFilter, TaskStatusModule } from 'rxjs-task-status/nest';
import { validateEnvironment, type Environment } from './environment.js';
import { GracefulShutdown } from './graceful-shutdown.js';
import { HealthController } from './health.controller.js';
import { TaskEvents } from './task-events.js';
import { TaskHealthIndicator } from './task-health.indicator.js';
import { TaskLog } from './task-log.js';
import { TaskRunner } from './task-runner.js';
import { TasksController } from './tasks.controller.js';
import { WebhookController } from './webhook.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, validate: validateEnvironment }),
    EventEmitterModule.forRoot(),
    TerminusModule,
    TaskStatusModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService<Environment, true>) => ({
        apiKey: config.get('BROWSER_USE_API_KEY', { infer: true }),
        baseUrl: config.get('BROWSER_USE_BASE_URL', { infer: true }),
        // a task that has just been started may not be visible yet
        notFoundGrace: 10_000,
      }),
    }),
  ],
  controllers: [TasksController, WebhookController, HealthController],
  providers: [
    TaskRunner,
    TaskEvents,
    TaskLog,
    TaskHealthIndicator,
    GracefulShutdown,
    { provide: APP_FILTER, useClass: TaskStatusExceptionFilter },
  ],
})
export class AppModule {}
