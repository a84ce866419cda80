import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import { taskStatus$, type TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import ts from 'typescript';
import { vi } from 'vitest';
import { seededRandom } from '../../docs/.vitepress/theme/playground/seeded-random.js';
import type { Settings } from '../../docs/.vitepress/theme/playground/settings.js';
import { TIMELINES, toFakeTimeline } from '../../docs/.vitepress/theme/playground/timelines.js';

/** What TypeScript objects to in a program, with the options of the project. */
export function typeErrors(code: string): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, resolve('.'));
  const disk = ts.createCompilerHost(options);
  const file = resolve('playground-program.ts');
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => path === file || disk.fileExists(path),
    readFile: (path) => (path === file ? code : disk.readFile(path)),
    getSourceFile: (path, target, ...rest) =>
      path === file
        ? ts.createSourceFile(path, code, target, true)
        : disk.getSourceFile(path, target, ...rest),
  };
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Runs a program in virtual time against the server of the settings. Returns when it sent requests, ms. */
export function runProgram(code: string, settings: Settings): number[] {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(
    { task_1234567890abcdef: toFakeTimeline(TIMELINES[settings.timeline]) },
    { scheduler, latency: settings.latency },
  );
  // as the program is, apart from its server and its clock
  const watch = (taskId: string, options: TaskStatusOptions) =>
    taskStatus$(taskId, { ...options, transport, scheduler });
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const silent = { log: () => undefined, error: () => undefined };
  const random = vi.spyOn(Math, 'random').mockImplementation(seededRandom(settings.seed));
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    new Function('require', 'exports', 'process', 'console', outputText)(
      () => ({ taskStatus$: watch }),
      {},
      { env: {} },
      silent,
    );
    scheduler.flush();
  } finally {
    random.mockRestore();
  }
  return requests.map(({ at }) => at);
}
