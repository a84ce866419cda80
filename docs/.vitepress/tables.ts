import type { MarkdownRenderer } from 'vitepress';

/** Makes a header cell without text an ordinary cell, because it is the header of nothing. */
export function markEmptyHeaders(md: MarkdownRenderer): void {
  md.core.ruler.push('mark-empty-headers', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type !== 'th_open' || tokens[index + 1]?.content !== '') continue;
      for (const tag of [token, tokens[index + 2]]) if (tag) tag.tag = 'td';
    }
  });
}
