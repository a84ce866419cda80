// Metrics of a pool, with OpenTelemetry. This program exports them to the console; use an OTLP exporter
// in production.
// node --import tsx docs/examples/node/metrics.ts <task-id...>
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { lastValueFrom } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { measurePool } from './poll-metrics.js';
import { options } from './run-task.js';

const provider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })],
});
const pool = createTaskStatusPool(options);
measurePool(pool, provider.getMeter('tasks'));

await lastValueFrom(pool.statuses$(process.argv.slice(2)), { defaultValue: undefined });
// exports what has not been exported yet; before close(), which removes the gauges
await provider.shutdown();
pool.close();
