import { h, type VNode } from 'vue';
import type { Drawing } from './shapes.js';

/** A drawing as an SVG element with a text alternative. */
export function picture(
  id: string,
  { width, height, shapes }: Drawing,
  title: string,
  description: string,
): VNode {
  return h(
    'svg',
    {
      id,
      role: 'img',
      'aria-labelledby': `${id}-title`,
      'aria-describedby': `${id}-description`,
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
    },
    [
      h('title', { id: `${id}-title` }, title),
      h('desc', { id: `${id}-description` }, description),
      ...shapes.map(({ tag, attributes, text }) => h(tag, attributes, text)),
    ],
  );
}
