import type { Browser } from 'playwright-core';
import { startFaultServer, type FaultServer } from '../http/fault-server.js';
import { launch } from '../support/chromium.js';
import { prepare, type Prepared } from './prepare.js';

/** Where runs take place. */
export interface Site {
  readonly prepared: Prepared;
  readonly server: FaultServer;
  /** Starts Chromium, or gives the one that is on. */
  readonly browser: () => Promise<Browser>;
  readonly close: () => Promise<void>;
}

/**
 * Installs the package and the runtimes, and starts the server.
 *
 * @param complete whether it is an error that something is not to be had
 */
export async function openSite({ complete }: { complete: boolean }): Promise<Site> {
  const { prepared, remove } = await prepare(complete);
  const server = await startFaultServer();
  let browser: Promise<Browser> | undefined;
  return {
    prepared,
    server,
    browser: () => (browser ??= launch()),
    close: async () => {
      await (await browser)?.close();
      await server.close();
      await remove();
    },
  };
}
