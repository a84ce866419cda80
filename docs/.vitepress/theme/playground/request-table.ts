import { h, type VNode } from 'vue';
import { formatCount, formatSeconds } from './format.js';
import type { Run } from './run.js';

/** A longer table would slow the page down. */
const MAX_ROWS = 500;

const COLUMNS = ['Request', 'Sent (s)', 'Answered (s)', 'Answer', 'Next delay (s)'];

/** The requests of a run as a table, which is built only while it is open. */
export function requestTable(
  { requests }: Run,
  open: boolean,
  onToggle: (open: boolean) => void,
): VNode {
  const shown = open ? requests.slice(0, MAX_ROWS) : [];
  return h(
    'details',
    {
      open,
      onToggle: ({ target }: Event) => {
        if (target instanceof HTMLDetailsElement) onToggle(target.open);
      },
    },
    [
      h('summary', 'The requests as a table'),
      ...(shown.length < requests.length && open
        ? [h('p', `The first ${MAX_ROWS} of ${formatCount(requests.length)} requests.`)]
        : []),
      h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Requests' }, [
        h('table', [
          h('thead', [
            h(
              'tr',
              COLUMNS.map((name) => h('th', { scope: 'col' }, name)),
            ),
          ]),
          h(
            'tbody',
            shown.map(({ sent, answered, answer, nextDelay }, index) =>
              h('tr', { key: index }, [
                h('td', index + 1),
                h('td', formatSeconds(sent)),
                h('td', formatSeconds(answered)),
                h('td', answer),
                h('td', nextDelay === undefined ? '' : formatSeconds(nextDelay)),
              ]),
            ),
          ),
        ]),
      ]),
    ],
  );
}
