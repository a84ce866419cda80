/** A page: its file in `docs/`, and its name in the sidebar. */
export type SidebarPage = readonly [file: string, name: string];

/** A group of the sidebar. */
export interface SidebarSection {
  readonly name: string;
  readonly pages: readonly SidebarPage[];
}

/** The sidebar: every page of `docs/`, in the order in which it is shown. */
export const SIDEBAR: readonly SidebarSection[] = [
  {
    name: 'Start',
    pages: [
      ['index.md', 'Overview'],
      ['start.md', 'Start here'],
    ],
  },
  {
    name: 'By task',
    pages: [
      ['result.md', 'Wait for a result'],
      ['progress.md', 'Show progress'],
      ['pool.md', 'Many tasks'],
      ['stop.md', 'Stop and cancel'],
      ['restart.md', 'Restart'],
      ['webhooks.md', 'Webhooks'],
    ],
  },
  {
    name: 'Where it runs',
    pages: [
      ['browser.md', 'In the browser'],
      ['angular.md', 'Angular'],
      ['servers.md', 'On servers'],
      ['node.md', 'Node'],
      ['nest.md', 'NestJS'],
      ['security.md', 'The proxy and secrets'],
      ['fleet.md', 'On many machines'],
      ['scaling.md', 'Scaling'],
    ],
  },
  {
    name: 'Your code',
    pages: [
      ['testing.md', 'Test your code'],
      ['troubleshooting.md', 'Troubleshooting'],
      ['errors.md', 'Errors'],
      ['recipes.md', 'Recipes'],
      ['schedule.md', 'Schedule, failures, timeouts'],
      ['other-apis.md', 'Other task APIs'],
      ['learned.md', 'A schedule that learns'],
    ],
  },
  {
    name: 'Decide',
    pages: [
      ['comparison.md', 'Comparison'],
      ['playground.md', 'Playground'],
      ['performance.md', 'Performance'],
      ['support.md', 'Supported versions'],
      ['migration.md', 'Migration'],
    ],
  },
  {
    name: 'API reference',
    pages: [
      ['api/README.md', 'All entry points'],
      ['api/index.md', 'rxjs-task-status'],
      ['api/angular.md', '…/angular'],
      ['api/fleet.md', '…/fleet'],
      ['api/learned.md', '…/learned'],
      ['api/nest.md', '…/nest'],
      ['api/node.md', '…/node'],
      ['api/proxy.md', '…/proxy'],
      ['api/testing.md', '…/testing'],
      ['api/testing/server.md', '…/testing/server'],
    ],
  },
  {
    name: 'Maintainers',
    pages: [
      ['contributing.md', 'Contributing'],
      ['architecture.md', 'Architecture'],
      ['design.md', 'Design'],
      ['releasing.md', 'Releasing'],
      ['security-policy.md', 'Security policy'],
      ['outage.md', 'Outage'],
    ],
  },
];

/** The bar at the top. */
export const NAV: readonly SidebarPage[] = [
  ['start.md', 'Start here'],
  ['playground.md', 'Playground'],
  ['troubleshooting.md', 'Troubleshooting'],
  ['api/README.md', 'API reference'],
  ['repository/CHANGELOG.md', 'Changelog'],
];
