import { readFile } from 'node:fs/promises';
import * as vue from 'vue';
import { compileScript, parse } from 'vue/compiler-sfc';
import * as composable from '../../../docs/examples/frameworks/vue/use-task-status.js';
import { runCompiled } from './run-compiled.js';

/** The component of the page, compiled. */
export async function vueBadge(): Promise<vue.Component<{ taskId: string }>> {
  const filename = 'docs/examples/frameworks/vue/TaskBadge.vue';
  const { descriptor } = parse(await readFile(filename, 'utf8'), { filename });
  const { content } = compileScript(descriptor, { id: 'badge', inlineTemplate: true });
  const exports = runCompiled(content, { vue, './use-task-status.js': composable });
  return exports['default'] as vue.Component<{ taskId: string }>;
}
