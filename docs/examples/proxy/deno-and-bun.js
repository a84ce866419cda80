// #region recipe
import { proxy } from './proxy.js';

export default {
  fetch: async (request) => (await proxy(request)) ?? new Response(null, { status: 404 }),
};
// #endregion
