import { controlByFetch } from '../../http/control-by-fetch.js';
import { runChecks, type Modules, type Outcome, type Traits } from '../checks.js';
import { listenForRejections } from '../uncaught.js';

declare global {
  interface Window {
    /** Runs the checks in this page, or in a worker if the URL of this script is given. */
    runChecks?: (traits: Traits, worker?: string) => Promise<Outcome>;
  }
}

/** The program of a page, and of the web worker that the page starts. */
export function main(modules: Modules): void {
  const rejections = listenForRejections();
  const errors: string[] = [];
  addEventListener('error', ({ message }) => errors.push(message));

  const run = async (traits: Traits): Promise<Outcome> => ({
    ...(await runChecks(modules, traits, controlByFetch(traits.origin))),
    reportedName: globalThis.constructor.name,
    hasFetch: typeof fetch === 'function',
    uncaught: [...rejections(), ...errors],
  });

  if (typeof document === 'object') {
    window.runChecks = (traits, worker) =>
      worker === undefined ? run(traits) : runInWorker(worker, traits);
  } else {
    addEventListener('message', ({ data }: MessageEvent<Traits>) => {
      void run(data).then((outcome) => postMessage(outcome));
    });
  }
}

function runInWorker(script: string, traits: Traits): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Outcome>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(traits);
  });
}
