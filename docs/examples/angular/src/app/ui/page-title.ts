import { effect, inject } from '@angular/core';
import { Title } from '@angular/platform-browser';

/** Sets the title of the tab, and keeps it up to date. Call it in a component. */
export function pageTitle(text: () => string): void {
  const title = inject(Title);
  effect(() => title.setTitle(`${text()} · Task board`));
}
