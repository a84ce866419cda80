// Metrics of every poll, with OpenTelemetry. They go to the console here; in production an OTLP
// exporter stands in its place.
// node --import tsx docs/examples/node/metrics.ts <task-id...>
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { catchError, EMPTY, from, lastValueFrom, mergeMap } from 'rxjs';
import { taskPolls$ } from 'rxjs-task-status';
import { countPolls } from './poll-metrics.js';
import { options } from './run-task.js';

const provider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })],
});
const count = countPolls(provider.getMeter('tasks'));

await lastValueFrom(
  from(process.argv.slice(2)).pipe(
    mergeMap((taskId) =>
      taskPolls$(taskId, options).pipe(
        count,
        catchError(() => EMPTY),
      ),
    ),
  ),
  { defaultValue: undefined },
);
// what has not been exported yet would be lost
await provider.shutdown();
