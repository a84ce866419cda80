import { FleetGapError } from 'rxjs-task-status/fleet';
import { moreChanges, PREFIX, until, written, type Fault } from './fault.js';
import { LocalReader } from './readers.js';

const STREAM = `${PREFIX}:changes`;
/** So many changes are read before a reader is stopped, and trimmed, or written, while it is down. */
const SOME = 20;

/** A reader is killed and comes back. */
const readerDown: Fault = {
  name: 'reader-down',
  lane: 'others',
  async run(world) {
    const { printer } = world;
    await printer.kill('SIGKILL');
    const before = printer.deliveries.count;
    await moreChanges(world, SOME);
    const goal = await written(world);
    printer.start();
    await until('the reader has caught up', () => printer.deliveries.count >= goal);
    return { count: goal - before, of: 'changes written while a reader was down' };
  },
};

/** Changes are trimmed that a consumer has not read. */
const trimmed: Fault = {
  name: 'trimmed-stream',
  lane: 'others',
  async run(world) {
    const { redis, proxy, audit, printer, failures } = world;
    const [[start] = ['0']] = await redis.xrevrange(STREAM, '+', '-', 'COUNT', 1);
    const reader = new LocalReader(proxy.port, 'late');
    reader.start(start);
    await until('the consumer reads', () => reader.deliveries.count >= SOME);
    reader.stop();
    const read = reader.deliveries.count;
    const last = reader.deliveries.changes.at(-1)!.key;
    const indexOf = (key: string) => audit.deliveries.changes.findIndex((it) => it.key === key);
    const saved = () => redis.hget(`${PREFIX}:consumer:late:position`, 'sequence');
    await until('its position is saved', async () => Number(await saved()) === indexOf(last) + 1);

    await moreChanges(world, 2 * SOME);
    const goal = await written(world);
    await until('the other consumers have read them', () =>
      [audit, printer].every(({ deliveries }) => deliveries.count >= goal),
    );
    const after = await redis.xrange(STREAM, `(${start}`, '+', 'COUNT', read + SOME + 1);
    await redis.xtrim(STREAM, 'MINID', after.at(-1)![0]);

    reader.start();
    await until('the consumer finds the gap', () => reader.error !== undefined);
    const { error } = reader;
    if (!(error instanceof FleetGapError)) throw error;
    reader.start(error.resumeFrom);
    await until('the consumer continues', () => reader.deliveries.count > read);
    reader.stop();
    const missing = indexOf(reader.deliveries.changes[read]!.key) - indexOf(last) - 1;
    if (missing !== error.missing || missing !== SOME) {
      failures.push(`a gap of ${SOME} changes was ${missing}, and the error said ${error.missing}`);
    }
    return { count: error.missing, of: 'changes trimmed, named by a FleetGapError' };
  },
};

/** There is a second consumer, from the beginning to the end. */
const secondConsumer: Fault = {
  name: 'second-consumer',
  lane: 'others',
  async run(world) {
    const { audit, printer } = world;
    const goal = await written(world);
    await until('both consumers have all changes', () =>
      [audit, printer].every(({ deliveries }) => deliveries.count >= goal),
    );
    return { count: goal, of: 'changes delivered to both consumers' };
  },
};

export const READER_FAULTS: readonly Fault[] = [readerDown, trimmed, secondConsumer];
