import { Component, inject } from '@angular/core';
import { ActivatedRoute } from '@angular/router';
import { Shown } from './shown';

/** A page whose part is hydrated later (incremental hydration). */
@Component({
  selector: 'app-parts',
  imports: [Shown],
  styles: '.far { height: 3000px }',
  template: `
    @if (trigger === 'interaction') {
      @defer (hydrate on interaction) {
        <app-shown />
      }
    } @else {
      <div class="far">Scroll down</div>
      @defer (hydrate on viewport) {
        <app-shown />
      }
    }
  `,
})
export class Parts {
  protected readonly trigger = inject(ActivatedRoute).snapshot.paramMap.get('trigger');
}
