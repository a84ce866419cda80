// #region recipe
import { browserUseV1, taskStatus$ } from 'rxjs-task-status';

const apiKey = process.env.BROWSER_USE_API_KEY;

const started = await fetch(`${browserUseV1.baseUrl}/run-task`, {
  method: 'POST',
  headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ task: 'Read the headline of example.com' }),
});
if (!started.ok) throw new Error(`The task was not started: ${started.status}`);
const { id } = await started.json();

// a new task may not be visible to the status endpoint yet
taskStatus$(id, { apiKey, notFoundGrace: 10_000 }).subscribe({
  next: (status) => console.log(id, status),
  error: (error) => console.error(error),
  complete: () => console.log('done'),
});
// #endregion
