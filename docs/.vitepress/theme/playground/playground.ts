import { computed, defineComponent, h, nextTick, ref, shallowRef, watch, type VNode } from 'vue';
import { attempt } from './attempt.js';
import { toCode } from './code.js';
import { copyText } from './copy-text.js';
import { facts, marbleFigure, noteList, plotFigure, type SettledRun } from './figures.js';
import { optionControls, timelineControls } from './option-controls.js';
import { chosenOptions } from './options.js';
import { requestTable } from './request-table.js';
import { START, type Settings } from './settings.js';
import { linkTo, useLink } from './use-link.js';
import { useWidth } from './use-width.js';
import './playground.css';

/** Runs the library in the page, and draws what it does. */
export const Playground = defineComponent({
  name: 'Playground',
  setup() {
    const settings = shallowRef(START);
    const attempted = computed(() => attempt(settings.value));
    // while the library refuses the options, the page keeps the last diagram: no control moves
    const settled = shallowRef<SettledRun>();
    const container = ref<HTMLElement>();
    const width = useWidth(container);
    const tableIsOpen = ref(false);
    const message = ref({ place: '', text: '' });
    useLink(settings);
    watch(
      attempted,
      ({ run }) => {
        if (run) settled.value = { run, settings: settings.value };
      },
      { immediate: true, flush: 'sync' },
    );

    const change = (changed: Partial<Settings>): void => {
      settings.value = { ...settings.value, ...changed };
    };
    const copy = async (place: string, text: string): Promise<void> => {
      // a live region announces only a change
      message.value = { place, text: '' };
      const answer = await copyText(text, place);
      await nextTick();
      message.value = { place, text: answer };
    };
    const button = (label: string, onClick: () => unknown): VNode =>
      h('button', { type: 'button', onClick }, label);
    const status = (place: string): VNode =>
      h('p', { role: 'status' }, message.value.place === place ? message.value.text : '');

    return () => {
      const { refusal } = attempted.value;
      const shown = settled.value;
      const isStale = refusal !== undefined;
      const code = toCode(chosenOptions(settings.value));
      return h('div', { class: 'playground' }, [
        timelineControls(settings.value, change),
        // the diagram stays visible while its own controls are
        h('div', [
          h(
            'div',
            { ref: container, class: ['marbles', isStale && 'stale'], 'aria-hidden': isStale },
            [shown && marbleFigure(shown, width.value)],
          ),
          h('div', { class: 'result', 'aria-live': 'polite', 'aria-atomic': 'true' }, [
            isStale ? h('p', { class: 'refusal' }, refusal) : shown && facts(shown),
          ]),
          optionControls(settings.value, change),
        ]),
        h('div', { class: 'buttons' }, [
          button('Reset', () => change(START)),
          button('Copy link', () => copy('Link', linkTo(settings.value))),
          status('Link'),
        ]),
        shown && !isStale ? noteList(shown) : undefined,
        h('div', { class: { stale: isStale }, 'aria-hidden': isStale }, [
          shown && plotFigure(shown, width.value),
        ]),
        shown &&
          !isStale &&
          requestTable(shown.run, tableIsOpen.value, (open) => (tableIsOpen.value = open)),
        h('div', { class: 'buttons' }, [
          button('Copy code', () => copy('Code', code)),
          status('Code'),
        ]),
        h('pre', { class: 'code', tabindex: 0, role: 'region', 'aria-label': 'Code' }, [
          h('code', code),
        ]),
      ]);
    };
  },
});
