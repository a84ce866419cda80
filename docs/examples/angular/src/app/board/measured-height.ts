import { DestroyRef, Directive, ElementRef, inject, output } from '@angular/core';

/** Emits the height of an element, px, and each change of it. */
@Directive({ selector: '[appMeasuredHeight]' })
export class MeasuredHeight {
  readonly appMeasuredHeight = output<number>();

  constructor() {
    const observer = new ResizeObserver(([entry]) => {
      const height = entry?.borderBoxSize[0]?.blockSize ?? 0;
      if (height > 0) this.appMeasuredHeight.emit(height);
    });
    observer.observe(inject<ElementRef<HTMLElement>>(ElementRef).nativeElement);
    inject(DestroyRef).onDestroy(() => observer.disconnect());
  }
}
