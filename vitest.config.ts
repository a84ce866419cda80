import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const src = fileURLToPath(new URL('src', import.meta.url));

// vitest has no place for this in package.json.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^rxjs-task-status$/, replacement: `${src}/index.ts` },
      { find: /^rxjs-task-status\/(\w+)$/, replacement: `${src}/$1.ts` },
      // Tests that ask for a DOM still run in Node, and need no built stub.
      { find: '#cross-fetch', replacement: 'cross-fetch' },
    ],
  },
  test: {
    coverage: { include: ['src/**'], reporter: ['text', 'html'] },
    // The first needs nothing but the sources, the second the built package, the third also the Angular
    // CLI and Chromium, the last a redis-server.
    projects: [
      {
        extends: true,
        test: {
          name: 'library',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/**', 'test/angular-cli/**', 'test/fleet/large-fleet.test.ts'],
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
          name: 'angular',
          include: ['test/angular-cli/**/*.test.ts'],
          globalSetup: 'test/angular-cli/setup.ts',
          // Each of them builds applications.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: { name: 'fleet', include: ['test/fleet/large-fleet.test.ts'] },
      },
    ],
  },
});
