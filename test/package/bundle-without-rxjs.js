import withRxjs from './bundle-with-rxjs.js';

/**
 * The same without RxJS, for an application that already has it. By default size-limit would bundle a
 * `require` for RxJS and subtract a constant for it.
 */
export default {
  ...withRxjs,
  external: ['rxjs'],
  outdir: 'node_modules/.cache/size-limit/without-rxjs',
};
