/** The versions that the package is tested with, besides those in package.json. */

/** The oldest RxJS that package.json allows, and the newest. */
export const RXJS = ['7.2.0', '7.8.2'] as const;

/** Releases of RxJS beyond what package.json allows. */
export const RXJS_8 = '8.0.0-alpha.14';
export const RXJS_9 = '9.0.0-beta.0';

/** The oldest supported TypeScript and the newest. Tests also use the one of package.json. */
export const TYPESCRIPT = ['5.0.4', '7.0.2'] as const;

/** The newest release of each line. */
export const NODE = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'] as const;

export const DENO = '2.9.6';
export const BUN = '1.4.5';
export const WORKERD = '1.20261117.1';

/** A version of Angular, and the packages that it needs. */
export interface AngularVersion {
  readonly angular: string;
  readonly typescript: string;
  readonly zone: string;
  /** Set if its CLI needs a newer Node than the oldest that this package supports. */
  readonly node?: string;
}

/** By major version. */
export const ANGULAR = {
  20: { angular: '20.3.32', typescript: '5.9.3', zone: '0.15.1' },
  21: { angular: '21.2.24', typescript: '5.9.3', zone: '0.15.1' },
  22: { angular: '22.2.0', typescript: '6.0.3', zone: '0.16.3', node: NODE[1] },
} as const satisfies Record<number, AngularVersion>;
