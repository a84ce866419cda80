// Reports the public surface of the built package: npm run docs:api-report, with --check to compare
// only. Run `npm run build` before.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
} from '@microsoft/api-extractor';
import { keepFile } from './keep-file.js';

const REPORTS = 'docs/api-report';

const COMPILER = {
  target: 'es2022',
  lib: ['ES2022', 'DOM', 'ESNext.Disposable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
};

const out = await mkdtemp(join(tmpdir(), 'api-report-'));
try {
  for (const entry of [
    'index',
    'testing',
    'testing/server',
    'node',
    'proxy',
    'learned',
    'nest',
    'fleet',
    'angular',
  ])
    await report(entry);
} finally {
  await rm(out, { recursive: true });
}

async function report(entry: string): Promise<void> {
  const reportFileName = `${entry.replace('/', '-')}.api.md`;
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: `<projectFolder>/dist/${entry}.d.ts`,
      // the project's own paths would resolve one entry point to the sources of another
      compiler: {
        overrideTsconfig: { compilerOptions: COMPILER, include: [`dist/${entry}.d.ts`] },
      },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName,
        reportFolder: out,
        reportTempFolder: out,
        // the other entry points would repeat half of the main one
        includeForgottenExports: entry === 'index',
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // docs:api checks the docstrings
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.None },
          'ae-misplaced-package-tag': { logLevel: ExtractorLogLevel.None },
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
          'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
        },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve('package.json'),
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => silence(message),
  });
  if (!succeeded) process.exitCode = 1;
  await keepFile(join(REPORTS, reportFileName), await readFile(join(out, reportFileName), 'utf8'));
}

/** Only warnings and errors are of interest. */
function silence(message: ExtractorMessage): void {
  message.handled = !['warning', 'error'].includes(message.logLevel);
}
