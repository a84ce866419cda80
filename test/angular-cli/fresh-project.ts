import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { samplesOfDocs } from './docs-page.js';
import { ng, type Workspace } from './workspace.js';

/** The section of docs/angular.md that a reader starts with. */
const SECTION = 'Setup';

/** A new project with the samples, and how the docs start its server. */
export interface FreshProject extends Workspace {
  readonly server: string;
  readonly env: Record<string, string>;
}

/**
 * Creates a project with `ng new --ssr` and pastes the samples of the section "Setup" into it, as a
 * reader would.
 *
 * @param installation has the packages
 */
export async function createFreshProject(installation: Workspace): Promise<FreshProject> {
  const samples = (await samplesOfDocs()).filter(({ section }) => section === SECTION);
  const sample = (what: string): string => {
    const found = samples.filter(({ code }) => code.includes(what));
    if (found.length !== 1) throw new Error(`${found.length} samples of ${SECTION} have ${what}`);
    return found[0]?.code ?? '';
  };
  const creation = /\bnew (\S+) (.*)$/m.exec(sample('new my-app'));
  const [, name = '', words = ''] = creation ?? [];
  await ng(installation, ['new', name, ...words.split(' '), ...UNATTENDED]);
  const folder = join(installation.folder, name);
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    const path = join(folder, 'src', file);
    const text = await readFile(path, 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`${file} of ng new has no place for the sample`);
    await writeFile(path, changed);
  };

  const config = sample('appConfig');
  await edit('app/app.config.ts', (text) =>
    withImports(config.replace(/^import type .*\n/gm, ''), text).replace(
      'providers: [',
      `providers: [\n${/providers: \[\n(.*?)\n {2}\]/s.exec(config)?.[1] ?? ''}`,
    ),
  );
  await writeFile(join(folder, 'src/app/task-view.ts'), sample('class TaskView'));
  await edit('app/app.ts', (text) =>
    withImports(`import { TaskView } from './task-view';`, text).replace(
      'imports: [',
      'imports: [TaskView, ',
    ),
  );
  await edit('app/app.html', (text) => sample('<app-task-view') + text);
  const proxy = sample('taskStatusProxy(');
  await edit('server.ts', (text) =>
    withImports(proxy, text).replace(
      'const app = express();',
      `const app = express();\n${proxy.replace(/^import .*\n/gm, '')}`,
    ),
  );
  const [, variables = '', server = ''] = /^(.*) node (.*)$/m.exec(sample('ng build')) ?? [];
  const env: Record<string, string> = {};
  for (const [, name = '', value = ''] of variables.matchAll(/(\w+)=(\S+)/g)) env[name] = value;
  return { ...installation, folder, server, env };
}

/** Without prompts, without what the tests do not need, and without packages: the folder above has them. */
const UNATTENDED = ['--defaults', '--skip-git', '--skip-install', '--skip-tests'];

function withImports(sample: string, text: string): string {
  return `${(sample.match(/^import .*$/gm) ?? []).join('\n')}\n${text}`;
}
