import { controlByHttp } from '../../http/control-by-http.js';
import { runChecks, type Modules, type Outcome, type Traits } from '../checks.js';

/** The globals of Deno and Bun. */
interface Globals {
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly Bun?: { readonly version: string };
}

/** The program of Node, Deno or Bun: its argument is the traits, and it prints the outcome. */
export async function main(modules: Modules): Promise<void> {
  const uncaught: string[] = [];
  process.on('unhandledRejection', (error) => uncaught.push(String(error)));
  process.on('uncaughtException', (error) => uncaught.push(String(error)));
  const traits = JSON.parse(process.argv[2] ?? '') as Traits;
  const outcome: Outcome = {
    ...(await runChecks(modules, traits, controlByHttp(traits.origin))),
    reportedName: reportedName(),
    hasFetch: typeof fetch === 'function',
    uncaught,
  };
  console.log(JSON.stringify(outcome));
}

function reportedName(): string {
  const { Deno, Bun } = globalThis as Globals;
  if (Deno) return `Deno ${Deno.version.deno}`;
  return Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
}
