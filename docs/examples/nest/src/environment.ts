/** The environment variables of the application. */
export interface Environment {
  readonly BROWSER_USE_API_KEY: string;
  readonly BROWSER_USE_BASE_URL: string;
  readonly BROWSER_USE_WEBHOOK_SECRET: string;
  readonly PORT: number;
}

/** Checks the environment. An error here ends the start of the application. */
export function validateEnvironment(env: Record<string, unknown>): Environment {
  const port = Number(env['PORT'] ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('PORT must be a port number');
  }
  const baseUrl = String(env['BROWSER_USE_BASE_URL'] ?? 'https://api.browser-use.com/api/v1');
  if (!/^https?:\/\//.test(baseUrl)) {
    throw new Error('BROWSER_USE_BASE_URL must be an http(s) URL');
  }
  return {
    BROWSER_USE_API_KEY: required(env, 'BROWSER_USE_API_KEY'),
    BROWSER_USE_BASE_URL: baseUrl,
    BROWSER_USE_WEBHOOK_SECRET: required(env, 'BROWSER_USE_WEBHOOK_SECRET'),
    PORT: port,
  };
}

function required(env: Record<string, unknown>, name: string): string {
  const value = env[name];
  if (typeof value !== 'string' || value.trim() === '') throw new Error(`${name} is not set`);
  return value;
}
