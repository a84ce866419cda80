/** Environment variables for a child process, without those that vitest sets: users do not have them. */
export function userEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, NO_COLOR: '1', CI: 'true' };
}
