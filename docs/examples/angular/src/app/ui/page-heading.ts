import { afterNextRender, Directive, ElementRef, inject, Injectable } from '@angular/core';

@Injectable({ providedIn: 'root' })
class Visits {
  count = 0;
}

/** Takes the focus when its view is opened, so that a screen reader announces the view. */
@Directive({ selector: 'h1[appPageHeading]', host: { tabindex: '-1' } })
export class PageHeading {
  constructor() {
    const visits = inject(Visits);
    const heading = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    // not on the first page, which the browser announces
    if (visits.count++ > 0) afterNextRender(() => heading.focus({ preventScroll: true }));
  }
}
