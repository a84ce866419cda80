import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { RowState } from '../task-row';

/** Paths of 16 by 16 icons, so that a status does not differ by its colour alone. */
const SHAPES: Record<RowState, string> = {
  waiting: 'M4 8h.01M8 8h.01M12 8h.01',
  created: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11',
  running: 'M5.5 3.5v9l7-4.5z',
  paused: 'M5.5 3.5v9M10.5 3.5v9',
  finished: 'M3 8.5l3.5 3.5L13 4.5',
  stopped: 'M4 4h8v8H4z',
  failed: 'M4 4l8 8M12 4l-8 8',
  error: 'M8 3v6M8 12.5v.01',
};

/** The text for states that are not a status. */
const WORDS: Partial<Record<RowState, string>> = { waiting: 'waiting', error: 'no status' };

@Component({
  selector: 'app-status-badge',
  template: `
    <svg viewBox="0 0 16 16" aria-hidden="true"><path [attr.d]="shape()" /></svg>
    <span>{{ word() }}</span>
    @if (!isCurrent()) {
      <span class="hidden">, not current</span>
    }
  `,
  host: { '[class]': 'state()', '[class.old]': '!isCurrent()' },
  changeDetection: ChangeDetectionStrategy.OnPush,
  styles: `
    :host {
      --shade: var(--waiting);
      display: inline-flex;
      align-items: center;
      gap: 0.4em;
      padding: 0.2em 0.7em 0.2em 0.5em;
      border-radius: 99px;
      color: var(--shade);
      background: color-mix(in srgb, var(--shade) 12%, transparent);
      font-weight: 600;
      line-height: 1.4;
      white-space: nowrap;
    }
    :host(.old) {
      outline: 1px dashed var(--shade);
      background: none;
    }
    :host(.created) {
      --shade: var(--created);
    }
    :host(.running) {
      --shade: var(--running);
    }
    :host(.paused) {
      --shade: var(--paused);
    }
    :host(.finished) {
      --shade: var(--finished);
    }
    :host(.stopped) {
      --shade: var(--stopped);
    }
    :host(.failed) {
      --shade: var(--failed);
    }
    :host(.error) {
      --shade: var(--error);
    }
    svg {
      display: var(--mark, block);
      inline-size: 1em;
      block-size: 1em;
      fill: none;
      stroke: currentColor;
      stroke-width: 2;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
  `,
})
export class StatusBadge {
  readonly state = input.required<RowState>();
  /** Whether this is the state now, or the last known one. */
  readonly isCurrent = input(true);
  protected readonly shape = computed(() => SHAPES[this.state()]);
  protected readonly word = computed(() => WORDS[this.state()] ?? this.state());
}
