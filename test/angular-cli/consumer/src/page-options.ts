import { inject } from '@angular/core';
import { ActivatedRoute, type ActivatedRouteSnapshot } from '@angular/router';

/** What the path of a page says. */
export interface PageOptions {
  readonly taskId: string;
  readonly ssr: 'never' | 'once';
}

export function pageOptions(
  route: ActivatedRouteSnapshot = inject(ActivatedRoute).snapshot,
): PageOptions {
  return {
    taskId: route.paramMap.get('taskId') ?? '',
    ssr: route.paramMap.get('ssr') === 'once' ? 'once' : 'never',
  };
}
