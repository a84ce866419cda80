// Metrics of every poll, with OpenTelemetry. This program exports them to the console; use an OTLP
// exporter in production.
// node --import tsx docs/examples/node/metrics.ts <task-id...>
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { catchError, EMPTY, from, lastValueFrom, mergeMap } from 'rxjs';
import { taskPolls$ } from 'rxjs-task-status';
import { measurePolls } from './poll-metrics.js';
import { options } from './run-task.js';

const provider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })],
});
const measure = measurePolls(provider.getMeter('tasks'));

await lastValueFrom(
  from(process.argv.slice(2)).pipe(
    mergeMap((taskId) =>
      taskPolls$(taskId, options).pipe(
        measure,
        catchError(() => EMPTY),
      ),
    ),
  ),
  { defaultValue: undefined },
);
// exports what has not been exported yet
await provider.shutdown();
