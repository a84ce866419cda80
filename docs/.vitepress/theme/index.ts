import { type Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { defineAsyncComponent } from 'vue';

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    // asynchronous: only its page loads it, and the library
    app.component(
      'Playground',
      defineAsyncComponent(async () => (await import('./playground/playground.js')).Playground),
    );
  },
};

export default theme;
