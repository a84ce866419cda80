// Traces of the watches of a pool, with OpenTelemetry. This program exports them to the console; use an
// OTLP exporter and a BatchSpanProcessor in production.
// node --import tsx docs/examples/node/traces.ts <task-id...>
import {
  BasicTracerProvider,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { lastValueFrom } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { traceWatches } from './poll-traces.js';
import { options } from './run-task.js';

const provider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
});
const pool = createTaskStatusPool(options);
traceWatches(pool, provider.getTracer('tasks'));

await lastValueFrom(pool.statuses$(process.argv.slice(2)), { defaultValue: undefined });
// ends the spans of watches that are still open
pool.close();
await provider.shutdown();
