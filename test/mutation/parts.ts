/** Source files, and the tests that must notice each change of them. None of these waits for a process or a socket. */
export interface Part {
  readonly name: string;
  readonly includes: (file: string) => boolean;
  readonly tests: string[];
}

export const PARTS: readonly Part[] = [
  {
    name: 'api',
    includes: (file) => file.startsWith('src/api'),
    tests: [
      'test/misuse.test.ts',
      'test/{api,testing}/*.test.ts',
      'test/laws/{08,09,10,18}-*.test.ts',
    ],
  },
  {
    name: 'watch',
    includes: (file) => file.startsWith('src/watch'),
    tests: ['test/*.test.ts', 'test/{api,laws,watch}/*.test.ts', 'test/pool/!(memory).test.ts'],
  },
  {
    name: 'pool',
    includes: (file) => file.startsWith('src/pool'),
    tests: ['test/pool/!(memory).test.ts'],
  },
  {
    name: 'stream',
    includes: (file) => /^src\/(stream|index|testing)\b/.test(file),
    tests: [
      'test/*.test.ts',
      'test/{laws,stream,testing}/*.test.ts',
      'test/pool/!(memory).test.ts',
    ],
  },
  {
    name: 'node',
    includes: (file) => file.startsWith('src/node'),
    tests: ['test/node/{canonical-json,task-status-emitter,verify-task-webhook}.test.ts'],
  },
  {
    name: 'angular',
    includes: (file) => file.startsWith('src/angular'),
    // security-page compares a page with a file that Stryker changes
    tests: ['test/angular/!(security-page).test.ts'],
  },
  {
    name: 'command',
    includes: (file) => file.startsWith('src/cli'),
    tests: ['test/cli/!(cli|terminal).test.ts'],
  },
];
