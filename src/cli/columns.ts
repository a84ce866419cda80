import widthOf from 'fast-string-width';

export { widthOf };

const graphemes = new Intl.Segmenter();

/** A text that takes at most so many columns of a terminal; `…` stands for what was cut off. */
export function cutToWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let cut = '';
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOf(segment);
    if (width > columns) break;
    cut += segment;
  }
  return columns < 1 ? '' : `${cut}…`;
}

/** A text, followed by the spaces that it needs to take so many columns. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}
