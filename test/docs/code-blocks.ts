// Type-checks the TypeScript in the pages, and checks that their npm scripts exist: npm run check:docs.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Code } from 'mdast';
import { remark } from 'remark';
import ts from 'typescript';
import { visit } from 'unist-util-visit';

/** Declarations that every block can use. */
const GIVEN = `
declare const apiKey: string;
declare const taskId: string;
`;

interface Block {
  readonly page: string;
  readonly line: number;
  readonly code: Code;
  /** The declarations of the comment `<!-- given … -->` above the block. */
  readonly given: string;
  /** The base of its relative imports: the folder of the previous example on the page. */
  readonly folder: string;
}

const pages = [
  ...['README.md', 'CHANGELOG.md'],
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const blocks = pages.flatMap(blocksOf);
const problems = [...typeErrors(blocks), ...missingScripts(blocks)];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${blocks.length} code blocks in ${pages.length} pages`);

function blocksOf(page: string): Block[] {
  const root = remark().parse(readFileSync(page, 'utf8'));
  const found: Block[] = [];
  let folder = dirname(page);
  let given = '';
  visit(root, (node) => {
    if (node.type === 'html') {
      folder =
        /^<!-- ((?:docs\/examples|test\/docs)\S*)\/[^/]+\.tsx? -->/.exec(node.value)?.[1] ?? folder;
      given = /^<!-- given\n([^]*)-->$/.exec(node.value)?.[1] ?? '';
    } else if (node.type === 'code') {
      found.push({ page, line: node.position?.start.line ?? 0, code: node, given, folder });
      given = '';
    }
  });
  return found;
}

function typeErrors(all: readonly Block[]): string[] {
  const files = new Map(
    all
      .filter(({ code }) => code.lang === 'ts' || code.lang === 'tsx')
      .map((block, index) => [
        resolve(block.folder, `code-block-${index}.${block.code.lang}`),
        block,
      ]),
  );
  const options = compilerOptions();
  const disk = ts.createCompilerHost(options);
  const preamble = resolve('code-blocks-given.d.ts');
  const contentOf = (path: string) => {
    if (path === preamble) return GIVEN;
    const block = files.get(path);
    return block && `${block.given}${block.code.value}\nexport {};\n`;
  };
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => contentOf(path) !== undefined || disk.fileExists(path),
    readFile: (path) => contentOf(path) ?? disk.readFile(path),
    getSourceFile: (path, target, ...rest) => {
      const content = contentOf(path);
      return content === undefined
        ? disk.getSourceFile(path, target, ...rest)
        : ts.createSourceFile(path, content, target, true);
    },
  };
  const program = ts.createProgram([preamble, ...files.keys()], options, host);
  return [...files].flatMap(([path, block]) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map((diagnostic) => format(diagnostic, block)),
  );
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, resolve('.'));
  // the preamble must not be a module: its declarations are global
  return { ...options, moduleDetection: ts.ModuleDetectionKind.Auto };
}

function format({ file, start = 0, messageText }: ts.Diagnostic, block: Block): string {
  const within = file?.getLineAndCharacterOfPosition(start).line ?? 0;
  const line = block.line + 1 + within - (block.given.split('\n').length - 1);
  return `${block.page}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

function missingScripts(all: readonly Block[]): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  return all.flatMap(({ page, line, code }) =>
    [...code.value.matchAll(/npm run ([\w:-]+)/g)]
      .filter(([, name = '']) => !(name in scripts))
      .map(([, name = '']) => `${page}:${line}: package.json has no script "${name}"`),
  );
}
