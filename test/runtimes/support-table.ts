import { format, resolveConfig } from 'prettier';
import { table } from '../bench/report.js';
import { fill } from '../docs/fill.js';
import type { Report } from '../http/collect.js';
import { RXJS_8, RXJS_9 } from '../support/versions.js';
import type { Quirks, Result, Run } from './runs.js';

export const PAGE = 'docs/support.md';

export type Measured = readonly (readonly [run: Run, result: Result])[];

/** The differences between runtimes that users notice. */
const DIFFERENCES: readonly (readonly [
  sentence: string,
  differs: (quirks: Quirks) => boolean | undefined,
])[] = [
  [
    'A redirect is an `HttpStatusError` with status 0, whichever 3xx it was:',
    ({ opaqueRedirects }) => opaqueRedirects,
  ],
  [
    'The runtime itself may repeat a request if its connection is lost (Chromium also after a 408), so the server may get more requests than the library sent:',
    ({ repeats }) => repeats,
  ],
  ["`cache: 'no-store'` adds no header to the request:", ({ noStoreShows }) => !noStoreShows],
  ['The `cause` of a `NetworkError` has no `code`:', ({ hasErrorCodes }) => !hasErrorCodes],
  [
    'If the connection is lost while the body is read, the request may continue until `requestTimeout`:',
    ({ nodeFetch }) => nodeFetch,
  ],
];

/** The page with the current results. */
export async function supportPage(page: string, measured: Measured): Promise<string> {
  const isPreview = ([{ rxjs }]: Measured[number]): boolean => rxjs in PREVIEWS;
  const previews = measured.filter(isPreview);
  const released = measured.filter((one) => !isPreview(one));
  let text = fill(page, 'rxjs', previewRows(previews));
  // absent if only the previews were run
  if (released.length > 0) {
    text = fill(text, 'runtimes', `${rows(released)}\n\n${differences(released)}`);
  }
  return format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
}

/** How each release of RxJS that package.json does not allow is installed. */
const PREVIEWS: Readonly<Record<string, string>> = {
  [RXJS_8]: 'in place of RxJS 7, with the override',
  [RXJS_9]: 'beside RxJS 7, as `rxjs9`',
};

function previewRows(measured: Measured): string {
  return table(
    ['RxJS', 'Installed', 'Runtime', 'As', 'Checks passed'],
    measured.map(([run, { outcome }]) => [
      run.rxjs,
      PREVIEWS[run.rxjs] ?? '',
      nameOf(run),
      run.format,
      passedOf(outcome),
    ]),
  );
}

/** One row for each runtime, its formats and versions of RxJS together. */
function rows(measured: Measured): string {
  const names = [...new Set(measured.map(([run]) => nameOf(run)))];
  return table(
    ['Runtime', 'Version', 'As', 'RxJS', 'Checks passed'],
    names.map((name) => {
      const found = measured.filter(([run]) => nameOf(run) === name);
      return [
        name,
        all(found.map(([, { version }]) => version)),
        all(found.map(([{ format }]) => format)),
        all(found.map(([{ rxjs }]) => rxjs)),
        all(found.map(([, { outcome }]) => passedOf(outcome))),
      ];
    }),
  );
}

function passedOf({ passed, failed }: Report): string {
  return `${passed} of ${passed + failed.length}`;
}

function differences(measured: Measured): string {
  return DIFFERENCES.map(([sentence, differs]) => {
    const runs = measured.map(([run]) => run).filter(({ quirks }) => differs(quirks));
    return `- ${sentence} ${all(runs.map(familyOf))}.`;
  }).join('\n');
}

function nameOf({ runtime, detail }: Run): string {
  return detail === undefined ? runtime : `${runtime}, ${detail}`;
}

function familyOf({ runtime, quirks }: Run): string {
  const [family = ''] = runtime.split(/,? /);
  return quirks.nodeFetch ? `${family} over \`cross-fetch\`` : family;
}

function all(values: readonly string[]): string {
  return [...new Set(values)].join(', ');
}
