import type { Browser } from 'playwright-core';
import { startFaultServer, type FaultServer } from '../http/fault-server.js';
import { launch } from '../support/chromium.js';
import { prepare, type Prepared } from './prepare.js';

/** What all runs share. */
export interface Site {
  readonly prepared: Prepared;
  readonly server: FaultServer;
  /** Chromium, started on first use. */
  readonly browser: () => Promise<Browser>;
  readonly close: () => Promise<void>;
}

/**
 * Installs the package and the runtimes, and starts the server.
 *
 * @param complete whether a missing part is an error
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
