/**
 * `import … from 'rxjs-task-status/proxy'`: a proxy that holds the API key, for pages in a browser.
 *
 * @packageDocumentation
 */

export {};
