import type { ActivatedRouteSnapshot } from '@angular/router';
import type { Observable } from 'rxjs';
import type { TaskStatus } from 'rxjs-task-status';
import { injectTaskStatus } from 'rxjs-task-status/angular';
import { pageOptions } from './page-options';

export function resolveWatch(route: ActivatedRouteSnapshot): Observable<TaskStatus> {
  const { taskId, ssr } = pageOptions(route);
  return injectTaskStatus({ ssr })(taskId);
}
