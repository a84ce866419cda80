import withRxjs from './bundle-with-rxjs.js';

/**
 * The same where the application has RxJS anyway. Left to itself, size-limit would write a script that
 * must make up a `require` for RxJS, and take a constant off for it.
 */
export default {
  ...withRxjs,
  external: ['rxjs'],
  outdir: 'node_modules/.cache/size-limit/without-rxjs',
};
