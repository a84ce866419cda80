import { type Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { defineAsyncComponent } from 'vue';
import { Layout } from './layout.js';
import './style.css';

const theme: Theme = {
  extends: DefaultTheme,
  Layout,
  enhanceApp({ app }) {
    // asynchronous: only its page loads it, and the library
    app.component(
      'Playground',
      defineAsyncComponent(async () => (await import('./playground/playground.js')).Playground),
    );
  },
};

export default theme;
