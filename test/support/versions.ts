/** What is installed to try the package with, beside what package.json names; here and nowhere else. */

/** The oldest RxJS that package.json allows, and the newest. */
export const RXJS = ['7.2.0', '7.8.2'] as const;

/** The newest release of each line. */
export const NODE = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'] as const;

export const DENO = '2.9.6';
export const BUN = '1.4.5';
export const WORKERD = '1.20261117.1';
