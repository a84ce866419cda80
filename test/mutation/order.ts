import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests that compare whole traces with a model's: they notice most mutants, and quickly. */
const TRACE_TESTS = ['test/laws/trace.test.ts', 'test/pool/trace.test.ts'];

/** Runs the tests that notice most first, then the fastest: one failure is enough. */
export class BestTestsFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId, project }: TestSpecification): number => {
      const path = relative(this.ctx.config.root, moduleId);
      if (TRACE_TESTS.includes(path)) return 0;
      return this.ctx.cache.getFileTestResults(`${project.name}:${path}`)?.duration ?? Infinity;
    };
    return Promise.resolve([...files].sort((one, other) => cost(one) - cost(other)));
  }
}
