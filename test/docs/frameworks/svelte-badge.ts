import { readFile } from 'node:fs/promises';
import { compile } from 'svelte/compiler';
import { pool } from '../../../docs/examples/frameworks/pool.js';
import { runCompiled } from './run-compiled.js';

/** The component of the page, compiled. */
export async function svelteBadge(generate: 'client' | 'server', runtime: unknown) {
  const source = await readFile('docs/examples/frameworks/svelte/TaskBadge.svelte', 'utf8');
  return compiledSvelte(source, generate, runtime);
}

/**
 * Compiles a component that imports the pool.
 *
 * @param runtime the module that compiled components import
 */
export function compiledSvelte(source: string, generate: 'client' | 'server', runtime: unknown) {
  const { js, warnings } = compile(source, { generate });
  if (warnings.length > 0) throw new Error(warnings.map(({ message }) => message).join('\n'));
  const exports = runCompiled(js.code, {
    [`svelte/internal/${generate}`]: runtime,
    'svelte/internal/disclose-version': {},
    '../pool.js': { pool },
  });
  return exports['default'];
}
