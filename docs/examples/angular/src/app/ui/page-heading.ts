import { afterNextRender, Directive, ElementRef, inject, Injectable } from '@angular/core';

@Injectable({ providedIn: 'root' })
class Visits {
  count = 0;
}

/** Takes the focus when its view is opened, so that a screen reader says where the reader is now. */
@Directive({ selector: 'h1[appPageHeading]', host: { tabindex: '-1' } })
export class PageHeading {
  constructor() {
    const visits = inject(Visits);
    const heading = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    // not on the first page: the browser has said where that is
    if (visits.count++ > 0) afterNextRender(() => heading.focus({ preventScroll: true }));
  }
}
