// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';
import { githubDelay } from './github-delay.js';

const ACTIVE = ['requested', 'waiting', 'pending', 'queued', 'in_progress'] as const;
const SUCCESSFUL = ['success', 'neutral', 'skipped'] as const;
const UNSUCCESSFUL = ['failure', 'startup_failure', 'timed_out', 'cancelled', 'stale'] as const;

/** A workflow run of GitHub Actions, in one repository. */
export function githubRun(owner: string, repo: string) {
  return defineTaskApi({
    baseUrl: 'https://api.github.com',
    path: (id) => `/repos/${owner}/${repo}/actions/runs/${id}`,
    authorization: (key) => ['Authorization', `Bearer ${key}`],
    // `completed` means that the run has ended; `conclusion` is the outcome
    status: (json) => field(json, field(json, 'status') === 'completed' ? 'conclusion' : 'status'),
    statuses: [...ACTIVE, ...SUCCESSFUL, ...UNSUCCESSFUL],
    terminal: [...SUCCESSFUL, ...UNSUCCESSFUL],
    successful: SUCCESSFUL,
    retryAfter: (_json, headers) => githubDelay(headers),
  });
}
// #endregion
