/** The highest number of an entry within a millisecond. */
const MAX_NUMBER = 2n ** 64n - 1n;

/** The id of the entry before all others. */
export const FIRST_ID = '0-0';

/** The two parts of an id of a stream. */
function partsOf(id: string): readonly [ms: bigint, number: bigint] {
  const [ms = '0', number = '0'] = id.split('-');
  return [BigInt(ms), BigInt(number)];
}

/** The id just before an id of a stream. */
export function idBefore(id: string): string {
  const [ms, number] = partsOf(id);
  return number > 0n ? `${ms}-${number - 1n}` : `${ms - 1n}-${MAX_NUMBER}`;
}

/** Whether an id of a stream comes after another one. */
export function isLater(id: string, other: string): boolean {
  const [ms, number] = partsOf(id);
  const [otherMs, otherNumber] = partsOf(other);
  return ms === otherMs ? number > otherNumber : ms > otherMs;
}

/** The time of an id of a stream, ms since 1970. */
export function timeOf(id: string): number {
  return Number(partsOf(id)[0]);
}
