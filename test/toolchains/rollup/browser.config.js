import { nodeResolve } from '@rollup/plugin-node-resolve';

export default {
  output: { inlineDynamicImports: true },
  plugins: [nodeResolve({ browser: true })],
};
