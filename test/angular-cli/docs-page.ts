import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Code } from 'mdast';
import { remark } from 'remark';
import { visit } from 'unist-util-visit';

const PAGE = fileURLToPath(new URL('../../docs/angular.md', import.meta.url));

/** A code block of docs/angular.md. */
interface Sample {
  /** The title of its section. */
  readonly section: string;
  readonly lang: string;
  readonly code: string;
}

/** The code blocks of docs/angular.md, as printed. */
export async function samplesOfDocs(): Promise<Sample[]> {
  const samples: Sample[] = [];
  let section = '';
  visit(remark().parse(await readFile(PAGE, 'utf8')), (node) => {
    if (node.type === 'heading') {
      section = node.children.map((child) => ('value' in child ? child.value : '')).join('');
    } else if (node.type === 'code') {
      const { lang, value }: Code = node;
      samples.push({ section, lang: lang ?? '', code: `${value}\n` });
    }
  });
  return samples;
}

/** The one code block of docs/angular.md that exports a name. */
export async function sampleOfDocs(name: string): Promise<string> {
  const found = (await samplesOfDocs()).filter(({ code }) =>
    new RegExp(`export (function|const|class) ${name}\\b`).test(code),
  );
  if (found.length !== 1) throw new Error(`${found.length} code blocks export ${name}`);
  return found[0]?.code ?? '';
}
