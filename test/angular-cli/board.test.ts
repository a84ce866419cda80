import { describe } from 'vitest';
import { testAccess, testAxe } from './board-access.js';
import { installedBoard } from './board-fixture.js';
import { testOutage } from './board-outage.js';
import { testScroll } from './board-scroll.js';
import { testServer } from './board-server.js';
import { testUse } from './board-use.js';

describe('the task board', () => {
  const place = installedBoard();
  describe('in use', () => testUse(place));
  describe('its server', () => testServer(place));
  describe('in an outage', () => testOutage(place));
  describe('for everybody', () => testAccess(place));
  describe('checked by axe', () => testAxe(place));
  describe('scrolling', () => testScroll(place));
});
