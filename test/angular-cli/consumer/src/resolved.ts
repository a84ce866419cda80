import { Component, inject } from '@angular/core';
import { ActivatedRoute } from '@angular/router';

/** What the resolver of the route has resolved. */
@Component({
  selector: 'app-resolved',
  template: `<p data-record="resolved">{{ status ?? 'nothing' }}</p>`,
})
export class Resolved {
  protected readonly status = inject(ActivatedRoute).snapshot.data['status'] as string | undefined;
}
