import { afterAll, beforeAll, describe, inject } from 'vitest';
import { testApplications, type Place } from './applications.js';
import { testBackends } from './backends.js';
import { testFirstSteps } from './first-steps.js';
import { launch } from '../support/chromium.js';
import { ANGULAR } from '../support/versions.js';
import { addConsumer, installAngular } from './workspace.js';

/** All tests of one major version of Angular. Each has its own file, so that two can run at the same time. */
export function testVersion(major: keyof typeof ANGULAR): void {
  const versions = ANGULAR[major];
  describe(`Angular ${versions.angular}`, () => {
    // filled before the first test: one installation for all tests
    const place = {} as Place;
    beforeAll(async () => {
      place.installation = await installAngular(inject('tarball'), versions);
      place.workspace = await addConsumer(place.installation);
      place.browser = await launch();
    });
    afterAll(() => place.browser?.close());

    testFirstSteps(place, major);
    testApplications(place);
    testBackends(place, major);
  });
}
