import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { userEnvironment } from '../support/user-environment.js';
import { openProject, type Project } from './project.js';
import { startServer } from './start.js';

const example = fileURLToPath(new URL('../../docs/examples/nest', import.meta.url));
const programs = fileURLToPath(new URL('nest', import.meta.url));

const run = promisify(execFile);

/** A guard against a test that hangs, ms. */
const HANGS = { timeout: 120_000, interval: 10 };

/** Tests the application of the docs with a version of NestJS, in both module formats. */
export function testNest(version: '10' | '11' | '12'): void {
  describe.each(['module', 'commonjs'])(`NestJS ${version}, built as %s`, (type) => {
    let project: Project;
    let folder = '';

    beforeAll(async () => {
      project = await openProject(`nest-${version}`);
      folder = join(project.folder, type);
      await copyExample(folder);
      await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
      const nest = join(project.packages, '@nestjs/cli/bin/nest.js');
      await run(process.execPath, [nest, 'build'], { cwd: folder });
    });

    afterAll(() => project.remove());

    test('passes the tests of the application with Express and Fastify', async () => {
      const tests = join('dist', 'test', 'app.e2e-spec.js');
      const { stdout } = await run(process.execPath, ['--test', tests], {
        cwd: folder,
        env: userEnvironment(),
      });
      expect(stdout).toMatch(/^\S+ pass 28$/m);
    });

    test.each(['main', 'main-fastify'])('%s closes on SIGTERM', async (program) => {
      const fake = fakeTaskApi({ open: [['running', 0]], waited: [['running', 0]] });
      const api = await serveTaskApi(fake);
      const server = await startServer([process.execPath, join('dist', 'src', `${program}.js`)], {
        cwd: folder,
        env: {
          BROWSER_USE_API_KEY: 'bu_0123456789',
          BROWSER_USE_BASE_URL: api.baseUrl,
          BROWSER_USE_WEBHOOK_SECRET: 'secret',
        },
      });
      // an event stream, and a connection that stays open
      const events = await fetch(`${server.origin}/tasks/open/events`);
      const health = await fetch(`${server.origin}/health`);
      expect(health.status).toBe(200);
      expect(await health.text()).not.toContain('bu_');

      const waiting = fetch(`${server.origin}/tasks/waited`);
      await vi.waitFor(
        () => expect(fake.requests.map(({ taskId }) => taskId)).toContain('waited'),
        HANGS,
      );
      const stopped = server.stop();
      const answer = await waiting;
      expect(answer.status).toBe(503);
      expect(await answer.json()).toEqual({
        statusCode: 503,
        message: 'The server stopped waiting for the task',
        error: 'Service Unavailable',
      });
      const text = await events.text();
      expect(text).toContain('data: running');
      expect(text).not.toContain('event: end');
      await stopped;
      expect(server.output()).not.toMatch(/error/i);
      await api.close();
    });

    test.each([
      ['BROWSER_USE_API_KEY', ''],
      ['PORT', 'x'],
    ])('does not start with %s=%j', async (name, value) => {
      const env = {
        ...userEnvironment(),
        BROWSER_USE_API_KEY: 'bu_0123456789',
        BROWSER_USE_WEBHOOK_SECRET: 'secret',
        [name]: value,
      };
      const started = run(process.execPath, [join('dist', 'src', 'main.js')], {
        cwd: folder,
        env,
      });
      await expect(started).rejects.toThrow(name);
    });

    test('has types that compile without skipLibCheck', async () => {
      const config = {
        extends: './tsconfig.json',
        compilerOptions: { skipLibCheck: false, noEmit: true },
        include: ['src/types.ts'],
      };
      await writeFile(join(folder, 'tsconfig.types.json'), JSON.stringify(config));
      const tsc = join(project.packages, 'typescript/bin/tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', 'tsconfig.types.json'], {
        cwd: folder,
      });
      expect(stdout).toBe('');
    });

    test('polls over the HttpService', async () => {
      const api = await serveTaskApi(fakeTaskApi({ task_1: [['finished', 0]] }));
      const { stdout } = await run(process.execPath, [join('dist', 'src', 'http-service.js')], {
        cwd: folder,
        env: { ...userEnvironment(), BROWSER_USE_BASE_URL: api.baseUrl },
      });
      expect(stdout.trim()).toBe("[ 'finished' ]");
      await api.close();
    });
  });
}

/** Copies the application, adds a version with Fastify, and copies the other programs. */
async function copyExample(folder: string): Promise<void> {
  await cp(example, folder, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
  });
  await cp(programs, join(folder, 'src'), { recursive: true });
  const main = await readFile(join(folder, 'src/main.ts'), 'utf8');
  const withFastify = main
    .replace('create(AppModule, ', 'create(AppModule, new FastifyAdapter(), ')
    .replace(/^/, "import { FastifyAdapter } from '@nestjs/platform-fastify';\n");
  await writeFile(join(folder, 'src/main-fastify.ts'), withFastify);
}
