import { withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { h, type FunctionalComponent } from 'vue';

/** The layout of VitePress. Only the page for a wrong address is another one, with a landmark. */
export const Layout: FunctionalComponent = () =>
  h(DefaultTheme.Layout, null, {
    'not-found': () =>
      h('main', { class: 'not-found vp-doc' }, [
        h('h1', 'This page does not exist'),
        h('p', ['Search for it, or go to the ', h('a', { href: withBase('/') }, 'overview'), '.']),
      ]),
  });
