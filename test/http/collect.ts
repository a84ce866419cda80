import type { Check } from './suite.js';

/** The results of the checks. */
export interface Report {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly why: string }[];
}

/** How many checks run at the same time. */
const CONCURRENCY = 5;

/** A check that takes longer hangs, ms. */
const LIMIT = 60_000;

/** A test runner for platforms without one: collects checks and runs them. */
export function collect(): { check: Check; run: () => Promise<Report> } {
  const together: (() => Promise<void>)[] = [];
  const alone: (() => Promise<void>)[] = [];
  const failed: { name: string; why: string }[] = [];
  let passed = 0;

  const check: Check = (name, run, how) => {
    (how === 'alone' ? alone : together).push(async () => {
      let limit: ReturnType<typeof setTimeout> | undefined;
      const hung = new Promise<never>((_, reject) => {
        limit = setTimeout(() => reject(new Error(`hangs after ${LIMIT} ms`)), LIMIT);
      });
      try {
        await Promise.race([run(), hung]);
        passed++;
      } catch (error) {
        failed.push({ name, why: String(error) });
      } finally {
        clearTimeout(limit);
      }
    });
  };

  const drain = async (queue: (() => Promise<void>)[]): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await next();
  };

  const run = async (): Promise<Report> => {
    await Promise.all(Array.from({ length: CONCURRENCY }, () => drain(together)));
    await drain(alone);
    return { passed, failed };
  };

  return { check, run };
}
