import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; needs?: string; steps: Step[] }>;
}

const text = readFileSync('.github/workflows/release.yml', 'utf8');
const workflow = parse(text) as Workflow;
const jobs = Object.entries(workflow.jobs);

test('every action of the release is pinned by the digest of a commit', () => {
  const actions = jobs.flatMap(([, { steps }]) => steps.flatMap(({ uses }) => uses ?? []));
  expect(actions.length).toBeGreaterThan(4);
  for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
});

test('each job of the release has the least rights', () => {
  expect(workflow.permissions).toEqual({});
  expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
    build: { contents: 'read' },
    publish: { 'id-token': 'write' },
    attach: { contents: 'write' },
  });
});

test('a job of the release that may write runs no code of the project or of its dependencies', () => {
  for (const [name, { steps }] of jobs.filter(([name]) => name !== 'build')) {
    expect(steps.map(({ uses }) => uses ?? '').join(), name).not.toContain('checkout');
    for (const { run } of steps) {
      if (run) expect(run).toMatch(/^(npm publish --ignore-scripts .*\.tgz|gh release create .*)/);
    }
  }
});

test('the release runs all checks and builds the package once, before it publishes', () => {
  const commands = workflow.jobs['build']?.steps.flatMap(({ run }) => run ?? []) ?? [];
  expect(commands.slice(-4)).toEqual([
    '.ci/run',
    'npm run build',
    'npm run --silent sbom > sbom.cdx.json',
    'npm pack',
  ]);
  expect(workflow.jobs['publish']?.needs).toBe('build');
  expect(text).not.toMatch(/secrets\./);
});

test('the version of the package is the latest of the changelog, and that of the examples', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const released = /^## \[(\d[^\]]*)\] - \d{4}-\d{2}-\d{2}$/m.exec(
    readFileSync('CHANGELOG.md', 'utf8'),
  );
  expect(released?.[1]).toBe(version);
  for (const example of ['angular', 'nest']) {
    const described = JSON.parse(readFileSync(`docs/examples/${example}/package.json`, 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(described.dependencies['rxjs-task-status']).toBe(version);
  }
});

test('npm refuses no version of a package that only the server entries need', () => {
  const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  for (const name of ['@nestjs/axios', '@nestjs/common', 'bullmq', 'ioredis']) {
    expect(peerDependencies[name], name).toBe('*');
  }
});
