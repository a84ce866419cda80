import { Injectable } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { auditTime, buffer, concat, delay, of, Subject, switchMap } from 'rxjs';

/** What screen readers announce: a few texts at a time, because each text interrupts the user. */
@Injectable({ providedIn: 'root' })
export class Announcer {
  private readonly texts = new Subject<string>();

  /** For the live region. Empty after a while, so that the same text can be announced again. */
  readonly text = toSignal(
    this.texts.pipe(
      buffer(this.texts.pipe(auditTime(1_000))),
      switchMap((texts) => concat(of(texts.join(' ')), of('').pipe(delay(10_000)))),
    ),
    { initialValue: '' },
  );

  /** Announces a sentence. */
  say(text: string): void {
    this.texts.next(text);
  }
}
