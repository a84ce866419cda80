import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { builtPages } from './built-pages.js';

const site = inject('site');
const contents = new Map(
  builtPages(site).map((page) => [page, readFileSync(join(site, page), 'utf8')]),
);
const ids = new Map([...contents].map(([page, html]) => [page, new Set(valuesOf(html, 'id'))]));

function valuesOf(html: string, attribute: string): string[] {
  return [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&amp;', '&'),
  );
}

/** The links and images of a page that lead nowhere. */
function deadLinks(page: string, html: string): string[] {
  return [...valuesOf(html, 'href'), ...valuesOf(html, 'src')].filter((link) => {
    const { origin, pathname, hash } = new URL(link, `http://site/${page}`);
    if (origin !== 'http://site') return false;
    const file = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, '$1index.html');
    if (hash === '') return !existsSync(join(site, file));
    return ids.get(file)?.has(decodeURIComponent(hash.slice(1))) !== true;
  });
}

test.each([...contents])('%s has no dead links', (page, html) => {
  expect(deadLinks(page, html)).toEqual([]);
});

test('finds the links of a page', () => {
  const html = '<a href="pool.html"></a> <a href="/missing.html"></a> <img src="/missing.svg">';
  expect(deadLinks('node.html', html)).toEqual(['/missing.html', '/missing.svg']);
  expect(deadLinks('node.html', '<a href="#missing"></a>')).toEqual(['#missing']);
});
