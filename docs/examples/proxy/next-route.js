// #region recipe
// app/api/v1/[...path]/route.js
import { proxy } from '../../../../proxy.js';

export async function GET(request) {
  return (await proxy(request)) ?? new Response(null, { status: 404 });
}
// #endregion
