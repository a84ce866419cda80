import { controlByFetch } from '../../http/control-by-fetch.js';
import { runChecks, type Modules, type Outcome, type Traits } from '../checks.js';
import { listenForRejections } from '../uncaught.js';

/** A Cloudflare worker: the request contains the traits, and the answer is the outcome. */
export function worker(modules: Modules): { fetch: (request: Request) => Promise<Response> } {
  const uncaught = listenForRejections();
  return {
    fetch: async (request) => {
      const traits = (await request.json()) as Traits;
      return Response.json({
        ...(await runChecks(modules, traits, controlByFetch(traits.origin))),
        reportedName:
          navigator.userAgent + (refusesCache() ? ', which refuses the field cache' : ''),
        hasFetch: typeof fetch === 'function',
        uncaught: uncaught(),
      } satisfies Outcome);
    },
  };
}

function refusesCache(): boolean {
  try {
    new Request('http://localhost', { cache: 'no-store' });
    return false;
  } catch {
    return true;
  }
}
