/** Inserts content between `<!-- place -->` and `<!-- /place -->` of a page. */
export function fill(page: string, place: string, content: string): string {
  const between = new RegExp(`(<!-- ${place} -->\n)[^]*?(\n<!-- /${place} -->)`);
  if (!between.test(page)) throw new Error(`The page has no <!-- ${place} -->`);
  return page.replace(between, (_, from: string, to: string) => `${from}\n${content}\n${to}`);
}
