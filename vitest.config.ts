import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const src = fileURLToPath(new URL('src', import.meta.url));

/** A test that takes longer hangs, ms. Only a guard: a busy machine must not fail a test. */
const HANGS = 300_000;

/** How the sources are found, also by the runs that are configured elsewhere. */
export const shared = {
  resolve: {
    alias: [
      { find: /^rxjs-task-status$/, replacement: `${src}/index.ts` },
      { find: /^rxjs-task-status\/([\w/]+)$/, replacement: `${src}/$1.ts` },
    ],
  },
} satisfies ViteUserConfig;

/** Starts the files first that wait most, for Redis: others run meanwhile. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const waits = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/fleet/');
    const sorted = await super.sort(files);
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}

// vitest has no place for this in package.json.
export default defineConfig({
  ...shared,
  test: {
    coverage: {
      include: ['src/**'],
      reporter: ['text', 'html'],
      // -1: one may be uncovered, a default that TypeScript requires in `find-secrets.ts`
      thresholds: { statements: -1, branches: -1, functions: 100, lines: 100 },
    },
    // a loaded machine takes its time; the timeout of the test ends one that waits in vain
    expect: { poll: { timeout: 120_000 } },
    // Some tests wait for a child process or a server: let others run meanwhile.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: WaitingFirst },
    // The first two need nothing but the sources, the third the built package, the fourth also other
    // runtimes, the fifth the Angular CLI and Chromium, the sixth bundlers and test runners, the seventh
    // server frameworks, the eighth Chromium, the last a redis-server.
    projects: [
      {
        extends: true,
        test: {
          name: 'library',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/package/**',
            'test/runtimes/**',
            'test/angular/**',
            'test/docs/frameworks.test.ts',
            'test/angular-cli/**',
            'test/toolchains/**',
            'test/servers/**',
            'test/site/**',
            'test/fleet/large-fleet.test.ts',
          ],
          // To load RxJS, fast-check and the sources anew for each file takes longer than the tests.
          isolate: false,
          testTimeout: HANGS,
          hookTimeout: HANGS,
          setupFiles: 'test/support/no-leaks.setup.ts',
        },
      },
      {
        extends: true,
        // zone.js and the TestBed change the whole process for good, and jsdom its globals
        test: {
          name: 'dom',
          include: ['test/angular/**/*.test.ts', 'test/docs/frameworks.test.ts'],
          testTimeout: HANGS,
          hookTimeout: HANGS,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: 'test/package/setup.ts',
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'runtimes',
          include: ['test/runtimes/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'angular',
          include: ['test/angular-cli/**/*.test.ts'],
          globalSetup: 'test/angular-cli/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'toolchains',
          include: ['test/toolchains/*.test.ts'],
          globalSetup: 'test/toolchains/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['test/servers/*.test.ts'],
          globalSetup: 'test/servers/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'site',
          include: ['test/site/**/*.test.ts'],
          globalSetup: 'test/site/setup.ts',
          testTimeout: HANGS,
          hookTimeout: HANGS,
        },
      },
      {
        extends: true,
        test: { name: 'fleet', include: ['test/fleet/large-fleet.test.ts'] },
      },
    ],
  },
});
