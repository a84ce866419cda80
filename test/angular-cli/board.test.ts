import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launch } from '../support/chromium.js';
import type { BoardPlace } from './board-fixture.js';
import { testOutage } from './board-outage.js';
import { testServer } from './board-server.js';
import { testUse } from './board-use.js';
import { build, installBoard } from './workspace.js';

describe('the task board', () => {
  // filled before the first test: one installation for all tests
  const place = {} as BoardPlace;
  beforeAll(async () => {
    place.workspace = await installBoard(inject('tarball'));
    place.browser = await launch();
  });
  afterAll(() => place.browser?.close());

  test('builds for production with strict templates, without warnings', async () => {
    const printed = await build(place.workspace);
    expect(printed).toContain('Application bundle generation complete');
    expect(printed).not.toMatch(/warning/i);
  });

  describe('in use', () => testUse(place));
  describe('its server', () => testServer(place));
  describe('in an outage', () => testOutage(place));
});
