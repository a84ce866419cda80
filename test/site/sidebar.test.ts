import { expect, test } from 'vitest';
import { pageFiles } from '../../docs/.vitepress/repository.js';
import { NAV, SIDEBAR } from '../../docs/.vitepress/sidebar.js';

const listed = SIDEBAR.flatMap(({ pages }) => pages.map(([file]) => file));

test('the sidebar names every page of docs/, and no other', () => {
  expect([...listed].sort()).toEqual(pageFiles());
});

test('the sidebar names each page once', () => {
  expect(listed).toEqual([...new Set(listed)]);
});

test('the bar at the top names pages of the sidebar, and the changelog', () => {
  const files = NAV.map(([file]) => file);
  expect(files.filter((file) => !listed.includes(file))).toEqual(['repository/CHANGELOG.md']);
});
