import { inject, Injectable } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { TitleStrategy, type RouterStateSnapshot } from '@angular/router';

/** Sets a title for each view, so that open tabs have different titles. */
@Injectable({ providedIn: 'root' })
export class BoardTitle extends TitleStrategy {
  private readonly title = inject(Title);

  override updateTitle(snapshot: RouterStateSnapshot): void {
    const view = this.buildTitle(snapshot);
    this.title.setTitle(view === undefined ? 'Task board' : `${view} · Task board`);
  }
}
