// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

const GOOD = ['success', 'neutral', 'skipped'] as const;
const BAD = ['failure', 'startup_failure', 'timed_out', 'cancelled', 'stale'] as const;

/** A workflow run of GitHub Actions, in one repository. */
export function githubRun(owner: string, repo: string) {
  return defineTaskApi({
    baseUrl: 'https://api.github.com',
    path: (id) => `/repos/${owner}/${repo}/actions/runs/${id}`,
    authorization: (key) => ['Authorization', `Bearer ${key}`],
    // `completed` says that it has ended, and `conclusion` says how
    status: (json) => field(json, field(json, 'status') === 'completed' ? 'conclusion' : 'status'),
    statuses: ['requested', 'waiting', 'pending', 'queued', 'in_progress', ...GOOD, ...BAD],
    terminal: [...GOOD, ...BAD],
    successful: GOOD,
  });
}
// #endregion
