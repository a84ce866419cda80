import { afterEveryRender, Directive, DOCUMENT, inject } from '@angular/core';

/**
 * Keeps the focus near when the focused element is removed: a button that is not needed any more, a row that
 * is filtered or scrolled away. The nearest element around it with a `tabindex` gets the focus.
 */
@Directive({ selector: '[appKeepFocus]', host: { '(focusin)': 'remember($event)' } })
export class KeepFocus {
  private path: readonly HTMLElement[] = [];

  constructor() {
    const document = inject(DOCUMENT);
    afterEveryRender(() => {
      const [focused, ...around] = this.path;
      if (!focused || focused.isConnected) return;
      this.path = [];
      // not if the focus has moved to another element
      if (document.activeElement !== document.body) return;
      around
        .find((element) => element.isConnected && element.hasAttribute('tabindex'))
        ?.focus({ preventScroll: true });
    });
  }

  protected remember(event: Event): void {
    this.path = event.composedPath().filter((target) => target instanceof HTMLElement);
  }
}
