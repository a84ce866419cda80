import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { launch, open } from '../support/chromium.js';
import { userEnvironment } from '../support/user-environment.js';
import { startTaskServer, type TaskServer } from './task-server.js';

/** What a program prints that watches a task to its end. */
export const WATCHED = ['created', 'running', 'finished', 'complete'];

/** The output in a runtime with neither fetch nor cross-fetch. */
export const NO_FETCH = 'TypeError: This runtime has no fetch; pass the option fetch or transport';

/** Text of cross-fetch and its dependencies: node-fetch, and XMLHttpRequest for browsers. */
const CROSS_FETCH = /XMLHttpRequest|node-fetch|whatwg-url/g;

/** A copy of one of the projects. */
export function project(name: string): string {
  const folder = inject('projects')[name];
  if (folder === undefined) throw new Error(`There is no project ${name}`);
  return folder;
}

/** An empty folder in a project. */
export function folderIn(name: string): Promise<string> {
  return mkdtemp(join(project(name), 'out-'));
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of a package that is installed for a project, in the folder of the project. */
export async function command(folder: string, name: string, ...args: string[]): Promise<Ended> {
  return execute(join(folder, '../../node_modules/.bin', name), args, folder);
}

/** Runs a program in a folder. It does not reject if the program fails. */
export function execute(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: userEnvironment(), timeout: 240_000 };
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** Runs bundles; started for a file's tests, and stopped after them. */
export interface Runner {
  /** Runs a file with Node; gives the lines that it prints. */
  readonly inNode: (file: string, options?: { fetch: boolean }) => Promise<readonly string[]>;
  /** Opens a page of a folder in Chromium; gives the lines that it logs. */
  readonly inPage: (folder: string, page: string) => Promise<readonly string[]>;
  /** Runs a script in a context that has nothing but these globals, and those of JavaScript. */
  readonly inContext: (file: string, globals: object) => Promise<readonly string[]>;
}

export function useRunner(): Runner {
  let server: TaskServer;
  let browser: Promise<Browser> | undefined;
  beforeAll(async () => {
    server = await startTaskServer();
  });
  afterAll(async () => {
    server.close();
    await (await browser)?.close();
  });

  return {
    inNode: async (file, { fetch } = { fetch: true }) => {
      const before = [
        `globalThis.TASK_API=${JSON.stringify(server.api())}`,
        ...(fetch ? [] : ['delete globalThis.fetch']),
      ].join(';');
      // Node's own deprecation warnings are about what cross-fetch brings
      const flags = ['--no-deprecation', '--import', `data:text/javascript,${before}`];
      const { stdout, stderr } = await execute(
        process.execPath,
        [...flags, file],
        join(file, '..'),
      );
      return lines(stdout + stderr);
    },

    inPage: async (folder, html) => {
      const url = `${server.serve(folder)}/${html}`;
      const { page, logs, complaints } = await open(await (browser ??= launch()), url);
      try {
        await until(() => ended(logs) || complaints.length > 0);
        return [...new Set([...logs, ...complaints])];
      } finally {
        await page.close();
      }
    },

    inContext: async (file, globals) => {
      const logs: string[] = [];
      const log = (...words: unknown[]): number => logs.push(words.join(' '));
      const console = { log, warn: log, error: log };
      const context = createContext({ TASK_API: server.api(), console, ...globals });
      new Script(await readFile(file, 'utf8'), { filename: file }).runInContext(context);
      await until(() => ended(logs));
      return logs;
    },
  };
}

/** Writes a page around a script; gives its name. */
export async function pageWith(folder: string, script: string): Promise<string> {
  const module = script.endsWith('.mjs') ? ' type="module"' : '';
  const html = `<!doctype html><html><head><link rel="icon" href="data:,"></head>
<body><script${module} src="${script}"></script></body></html>`;
  await writeFile(join(folder, 'run.html'), html);
  return 'run.html';
}

function ended(logs: readonly string[]): boolean {
  return logs.some((line) => line === 'complete' || line.includes('Error'));
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim());
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 60_000) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The words of cross-fetch in the scripts of a folder. */
export async function crossFetchIn(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) =>
    /\.[cm]?js$/.test(file),
  );
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return [...new Set(texts.flatMap((text) => text.match(CROSS_FETCH) ?? []))];
}
