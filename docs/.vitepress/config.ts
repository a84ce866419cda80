import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { linkRepository } from './repository.js';
import { NAV, SIDEBAR, type SidebarPage } from './sidebar.js';
import { slug } from './slug.js';
import { markEmptyHeaders } from './tables.js';

const src = fileURLToPath(new URL('../../src', import.meta.url));

export default defineConfig({
  title: 'rxjs-task-status',
  description: 'The status of a task as an RxJS Observable',
  lang: 'en',
  cleanUrls: false,
  // no request for an icon
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // the sources of examples, and reports for maintainers
  srcExclude: ['examples/**', 'api-report/**'],
  markdown: {
    anchor: { slugify: slug },
    config: (md) => void md.use(linkRepository).use(markEmptyHeaders),
    // the default themes have too little contrast
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    nav: links(NAV),
    sidebar: SIDEBAR.map(({ name, pages }) => ({ text: name, items: links(pages) })),
    outline: [2, 3],
    search: { provider: 'local' },
  },
  vite: {
    // the search index, which is loaded on the first search
    build: { chunkSizeWarningLimit: 4_000 },
    resolve: {
      alias: [
        { find: /^rxjs-task-status$/, replacement: `${src}/index.ts` },
        { find: /^rxjs-task-status\/([\w/]+)$/, replacement: `${src}/$1.ts` },
        // every browser has `fetch`
        {
          find: /^cross-fetch$/,
          replacement: fileURLToPath(new URL('no-fetch.ts', import.meta.url)),
        },
      ],
    },
  },
});

function links(pages: readonly SidebarPage[]): { text: string; link: string }[] {
  return pages.map(([file, text]) => ({ text, link: `/${file.replace(/(^index)?\.md$/, '')}` }));
}
