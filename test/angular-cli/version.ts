import { afterAll, beforeAll, describe, inject } from 'vitest';
import { testApplications, type Place } from './applications.js';
import { testBackends } from './backends.js';
import { launch } from '../support/chromium.js';
import { ANGULAR } from '../support/versions.js';
import { installConsumer } from './workspace.js';

/** All that is tested of one major version of Angular; a file for each, so that two can run at once. */
export function testVersion(major: keyof typeof ANGULAR): void {
  const versions = ANGULAR[major];
  describe(`Angular ${versions.angular}`, () => {
    // filled before the first test: an install for all of them
    const place = {} as Place;
    beforeAll(async () => {
      place.workspace = await installConsumer(inject('tarball'), versions);
      place.browser = await launch();
    });
    afterAll(() => place.browser?.close());

    testApplications(place);
    testBackends(place, major);
  });
}
