// Shared by the recipes: the options for the API, and a function that starts a task.
const {
  BROWSER_USE_API_KEY: apiKey,
  BROWSER_USE_BASE_URL: baseUrl = 'https://api.browser-use.com/api/v1',
} = process.env;

/** For `taskStatus$`, `taskPolls$` and `taskStatusEmitter`. */
export const options = { apiKey, baseUrl };

/** Starts a task and returns its id. */
export async function runTask(task: string): Promise<string> {
  const response = await fetch(`${baseUrl}/run-task`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${apiKey ?? ''}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ task }),
  });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer && 'id' in answer && typeof answer.id === 'string') {
    return answer.id;
  }
  throw new Error(`The task was not started (${response.status})`);
}
