import { compileFunction } from 'node:vm';
import ts from 'typescript';

/**
 * Runs an ES module that a compiler has returned, and returns its exports.
 *
 * @param code JavaScript or TypeScript
 * @param modules what the module imports, by specifier
 */
export function runCompiled(
  code: string,
  modules: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: Record<string, unknown> = {};
  const require = (name: string): unknown => {
    if (name in modules) return modules[name];
    throw new Error(`The compiled module imports ${name}`);
  };
  Reflect.apply(compileFunction(outputText, ['exports', 'require']), undefined, [exports, require]);
  return exports;
}
