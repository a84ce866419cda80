import { Injectable } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { map, NEVER, switchMap, timer } from 'rxjs';
import { whileHidden } from 'rxjs-task-status';

/** The current time, ms. It is updated every second while the page is visible. */
@Injectable({ providedIn: 'root' })
export class Clock {
  readonly now = toSignal(
    whileHidden().pipe(
      switchMap((hidden) => (hidden ? NEVER : timer(0, 1_000))),
      map(() => Date.now()),
    ),
    { initialValue: Date.now() },
  );
}
