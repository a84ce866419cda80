import type { Routes } from '@angular/router';
import { List } from './list';
import { Parts } from './parts';
import { Pending } from './pending';
import { Resolved } from './resolved';
import { resolveStatus } from './resolve-status';
import { resolveWatch } from './resolve-watch';
import { Rx } from './rx';
import { Shown } from './shown';

/** The pages for server-side rendering. `:ssr` is the option of their watches. */
export const routes: Routes = [
  { path: 'shown/:ssr/:taskId', component: Shown },
  { path: 'prerendered/:ssr/:taskId', component: Shown },
  { path: 'parts/:ssr/:trigger/:taskId', component: Parts },
  { path: 'list/:ssr/:count', component: List },
  { path: 'pending/:ssr/:taskId', component: Pending },
  { path: 'rx/:ssr/:taskId', component: Rx },
  { path: 'resolved/:ssr/:taskId', component: Resolved, resolve: { status: resolveWatch } },
  // as docs/angular.md has it
  { path: 'skipped/:taskId', component: Resolved, resolve: { status: resolveStatus } },
  // App shows these
  { path: '**', children: [] },
];
