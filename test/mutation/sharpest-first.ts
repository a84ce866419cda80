import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests that compare whole traces with those of a model: they notice most, and in a moment. */
const SHARPEST = ['test/laws/trace.test.ts', 'test/pool/trace.test.ts'];

/** Runs the sharpest first, then the quickest: one failure is all that a mutant needs. */
export class SharpestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId, project }: TestSpecification): number => {
      const path = relative(this.ctx.config.root, moduleId);
      if (SHARPEST.includes(path)) return 0;
      return this.ctx.cache.getFileTestResults(`${project.name}:${path}`)?.duration ?? Infinity;
    };
    return Promise.resolve([...files].sort((one, other) => cost(one) - cost(other)));
  }
}
