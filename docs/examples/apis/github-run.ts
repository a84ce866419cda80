// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

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
    statuses: [
      'requested',
      'waiting',
      'pending',
      'queued',
      'in_progress',
      ...SUCCESSFUL,
      ...UNSUCCESSFUL,
    ],
    terminal: [...SUCCESSFUL, ...UNSUCCESSFUL],
    successful: SUCCESSFUL,
  });
}
// #endregion
