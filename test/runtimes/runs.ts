import { BUN, DENO, NODE, RXJS, RXJS_8, RXJS_9, WORKERD } from '../support/versions.js';
import type { Outcome, Traits } from './checks.js';
import { runBrowser } from './run-browser.js';
import { runProcess } from './run-process.js';
import { runWorkerd } from './run-workerd.js';
import type { Site } from './site.js';

/** The results of a run. */
export interface Result {
  readonly outcome: Outcome;
  /** The version of the runtime. */
  readonly version: string;
  readonly stderr?: string;
  readonly lingered?: number;
}

/** One run of all checks in a runtime. */
export interface Run {
  readonly runtime: string;
  readonly format: 'ESM' | 'CommonJS' | 'a bundle';
  readonly rxjs: string;
  /** More about the runtime. */
  readonly detail?: string;
  /** The command that it needs. */
  readonly needs: string;
  readonly quirks: Quirks;
  /** The name that the runtime reports. */
  readonly reportedName: string;
  /** Lines that the runtime itself writes to stderr. */
  readonly expectedStderr?: RegExp;
  start(site: Site): Promise<Result>;
}

/** How a runtime differs from the others. */
export type Quirks = Omit<Traits, 'origin' | 'refused' | 'patience'>;

const FORMATS = { esm: 'ESM', cjs: 'CommonJS' } as const;

/** The server must see a closed connection within this time, also on a busy machine, ms. */
const PATIENCE = 8_000;

function traits({ server: { origin, refused } }: Site, quirks: Quirks): Traits {
  return { origin, refused, patience: PATIENCE, ...quirks };
}

type About = Omit<Run, 'format' | 'rxjs' | 'start'>;

/** The runs of a command, in both formats. */
function processes(
  about: About,
  flags: readonly string[] = [],
  versions: readonly string[] = RXJS,
): readonly Run[] {
  return versions.flatMap((rxjs) =>
    (['esm', 'cjs'] as const).map((format): Run => ({
      ...about,
      rxjs,
      format: FORMATS[format],
      start: async (site) => {
        const { commands, folders } = site.prepared;
        const ended = await runProcess(
          [commands[about.needs] ?? '', ...flags],
          folders[rxjs] ?? '',
          format,
          traits(site, about.quirks),
        );
        return { ...ended, version: ended.outcome.reportedName.replace(/^\w+ /, '') };
      },
    })),
  );
}

function node(version: string): readonly Run[] {
  const about = {
    runtime: `Node ${parseInt(version)}`,
    needs: `node-${version}`,
    reportedName: `Node ${version}`,
  };
  return [
    ...processes({ ...about, quirks: { hasErrorCodes: true, noStoreShows: true } }),
    ...processes(
      {
        ...about,
        detail: 'without `fetch`, over `cross-fetch`',
        quirks: { hasErrorCodes: true, nodeFetch: true },
      },
      // Node's own flag does not exist in every version
      ['--import', 'data:text/javascript,delete globalThis.fetch'],
      RXJS.slice(-1),
    ),
  ];
}

/** A page or web worker of Chromium, on another origin than the server. */
function chromium(
  where: 'page' | 'worker',
  reportedName: string,
  versions: readonly string[] = RXJS,
): readonly Run[] {
  const quirks: Quirks = {
    crossOrigin: true,
    opaqueRedirects: true,
    repeats: true,
    noStoreShows: true,
    ...(versions[0] === RXJS_9 && { withRxjs9: true }),
  };
  return versions.map((rxjs) => ({
    runtime: `Chromium, ${where === 'page' ? 'page' : 'web worker'}`,
    needs: 'chromium',
    format: 'a bundle',
    rxjs,
    reportedName,
    quirks,
    start: async (site) => {
      const browser = await site.browser();
      const folder = site.prepared.folders[rxjs] ?? '';
      const outcome = await runBrowser(browser, where, folder, traits(site, quirks));
      return { outcome, version: browser.version() };
    },
  }));
}

function workerd(compatibilityDate: string, reportedName: string): readonly Run[] {
  const quirks: Quirks = { repeats: true };
  return RXJS.map((rxjs) => ({
    runtime: 'workerd',
    detail: `compatibility date ${compatibilityDate}`,
    needs: 'workerd',
    format: 'a bundle',
    rxjs,
    reportedName,
    quirks,
    start: async (site) => {
      const { commands, folders } = site.prepared;
      const { outcome, stderr } = await runWorkerd(
        commands['workerd'] ?? '',
        compatibilityDate,
        folders[rxjs] ?? '',
        traits(site, quirks),
      );
      return { outcome, stderr, version: WORKERD };
    },
  }));
}

/** The newest Node that has long-term support: RxJS 9 needs 22.13. */
const [, , NODE_LTS] = NODE;

/** The runs with releases of RxJS that package.json does not allow. */
export const PREVIEW_RUNS: readonly Run[] = [
  ...[RXJS_8, RXJS_9].flatMap((rxjs) => [
    ...processes(
      {
        runtime: `Node ${parseInt(NODE_LTS)}`,
        needs: `node-${NODE_LTS}`,
        reportedName: `Node ${NODE_LTS}`,
        quirks: {
          hasErrorCodes: true,
          noStoreShows: true,
          ...(rxjs === RXJS_9 && { withRxjs9: true }),
        },
      },
      [],
      [rxjs],
    ),
    ...chromium('page', 'Window', [rxjs]),
  ]),
];

export const RUNS: readonly Run[] = [
  ...NODE.flatMap(node),
  ...chromium('page', 'Window'),
  ...chromium('worker', 'DedicatedWorkerGlobalScope'),
  ...processes(
    { runtime: 'Deno', needs: 'deno', reportedName: `Deno ${DENO}`, quirks: {} },
    // no other permission
    ['run', '--allow-net=127.0.0.1'],
  ),
  ...processes(
    {
      runtime: 'Bun',
      needs: 'bun',
      reportedName: `Bun ${BUN}`,
      quirks: { hasErrorCodes: true },
      expectedStderr: /^Decompression error: ZlibError$/,
    },
    ['run'],
  ),
  ...workerd('2024-01-01', 'Cloudflare-Workers, which refuses the field cache'),
  ...workerd('2026-11-17', 'Cloudflare-Workers'),
];
