/** Typed by hand from the REST API reference's example of a workflow run. */
const run = {
  id: 30433642,
  name: 'Build',
  node_id: 'MDEyOldvcmtmbG93IFJ1bjI2OTI4OQ==',
  check_suite_id: 42,
  head_branch: 'main',
  head_sha: 'acb5820ced9479c074f688cc328bf03f341a511d',
  path: '.github/workflows/build.yml@main',
  run_number: 562,
  event: 'push',
  workflow_id: 159038,
  url: 'https://api.github.com/repos/octo-org/octo-repo/actions/runs/30433642',
  html_url: 'https://github.com/octo-org/octo-repo/actions/runs/30433642',
  pull_requests: [],
  created_at: '2020-01-22T19:33:08Z',
  updated_at: '2020-01-22T19:33:08Z',
  run_attempt: 1,
};

export const queued = { ...run, status: 'queued', conclusion: null };
export const inProgress = { ...run, status: 'in_progress', conclusion: null };
export const success = { ...run, status: 'completed', conclusion: 'success' };
export const timedOut = { ...run, status: 'completed', conclusion: 'timed_out' };
/** A run for a first-time contributor: it waits for approval. */
export const actionRequired = { ...run, status: 'completed', conclusion: 'action_required' };
