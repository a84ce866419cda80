import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';

export default {
  output: { inlineDynamicImports: true },
  plugins: [nodeResolve(), commonjs()],
};
