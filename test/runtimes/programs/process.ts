import { controlByHttp } from '../../http/control-by-http.js';
import { runChecks, type Modules, type Outcome, type Traits } from '../checks.js';

/** What Deno and Bun tell of themselves. */
interface Globals {
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly Bun?: { readonly version: string };
}

/** A program of Node, Deno or Bun: the traits come as its argument, and the outcome is printed. */
export async function main(modules: Modules): Promise<void> {
  const uncaught: string[] = [];
  process.on('unhandledRejection', (error) => uncaught.push(String(error)));
  process.on('uncaughtException', (error) => uncaught.push(String(error)));
  const traits = JSON.parse(process.argv[2] ?? '') as Traits;
  const outcome: Outcome = {
    ...(await runChecks(modules, traits, controlByHttp(traits.origin))),
    itself: itself(),
    hasFetch: typeof fetch === 'function',
    uncaught,
  };
  console.log(JSON.stringify(outcome));
}

function itself(): string {
  const { Deno, Bun } = globalThis as Globals;
  if (Deno) return `Deno ${Deno.version.deno}`;
  return Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
}
