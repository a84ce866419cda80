import { readdirSync } from 'node:fs';

/** The pages of a built site, such as `api/node.html`. */
export function builtPages(site: string): string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html'))
    .sort();
}
