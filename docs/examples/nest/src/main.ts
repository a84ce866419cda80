import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import type { Environment } from './environment.js';

async function bootstrap(): Promise<void> {
  // rawBody: the signature of a webhook is over the body as it was received
  const app = await NestFactory.create(AppModule, { rawBody: true });
  // SIGTERM closes the pool, and then the server
  app.enableShutdownHooks();
  const config = app.get<ConfigService<Environment, true>>(ConfigService);
  await app.listen(config.get('PORT', { infer: true }));
}

void bootstrap();
