import { onBeforeUnmount, onMounted, watch, type ShallowRef } from 'vue';
import { fromQuery, toQuery } from './link.js';
import type { Settings } from './settings.js';

/** How long the settings stay the same before the address changes, ms: browsers limit how often it may. */
const DELAY = 150;

/** Keeps the settings in the query of the page's address. */
export function useLink(settings: ShallowRef<Settings>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => (settings.value = fromQuery(location.search));
  const write = () => {
    if (toQuery(fromQuery(location.search)) === toQuery(settings.value)) return;
    // the router keeps its own state in the history
    history.replaceState(history.state, '', linkTo(settings.value) + location.hash);
  };
  onMounted(() => {
    read();
    window.addEventListener('popstate', read);
    watch(settings, () => {
      clearTimeout(timer);
      timer = setTimeout(write, DELAY);
    });
  });
  onBeforeUnmount(() => {
    clearTimeout(timer);
    window.removeEventListener('popstate', read);
  });
}

/** The address of this page with these settings. */
export function linkTo(settings: Settings): string {
  return `${location.origin}${location.pathname}${toQuery(settings)}`;
}
