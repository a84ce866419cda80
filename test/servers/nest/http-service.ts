// Waits for a task over the HttpService of Nest, and prints its statuses.
import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom, toArray } from 'rxjs';
import type { TaskStatusPool } from 'rxjs-task-status';
import { getTaskStatusToken, httpServiceTransport, TaskStatusModule } from 'rxjs-task-status/nest';

@Module({
  imports: [
    TaskStatusModule.forRootAsync({
      imports: [HttpModule],
      inject: [HttpService],
      useFactory: (http: HttpService) => ({
        baseUrl: process.env['BROWSER_USE_BASE_URL'],
        transport: httpServiceTransport(http),
      }),
    }),
  ],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const pool = app.get<TaskStatusPool>(getTaskStatusToken());
  console.log(await firstValueFrom(pool.status$('task_1').pipe(toArray())));
  await app.close();
}

void main();
