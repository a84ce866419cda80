import { describe } from 'vitest';
import { ANGULAR } from '../support/versions.js';
import { testAxe } from './board-access.js';
import { installedBoard } from './board-fixture.js';
import { testUse } from './board-use.js';

describe('the task board with Angular 22', () => {
  const place = installedBoard(ANGULAR[22]);
  describe('in use', () => testUse(place));
  describe('checked by axe', () => testAxe(place));
});
