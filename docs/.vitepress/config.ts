import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const src = fileURLToPath(new URL('../../src', import.meta.url));

export default defineConfig({
  title: 'rxjs-task-status',
  description: 'The status of a task as an RxJS Observable',
  lang: 'en',
  cleanUrls: false,
  // the sources of examples, and reports for maintainers
  srcExclude: ['examples/**', 'api-report/**'],
  // TODO: links to files outside the site
  ignoreDeadLinks: true,
  themeConfig: { search: { provider: 'local' } },
  vite: {
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
