/** A page that can be hidden, for a process without one. `close` removes it. */
export class FakePage extends EventTarget {
  visibilityState: 'visible' | 'hidden' = 'visible';

  constructor() {
    super();
    Object.defineProperty(globalThis, 'document', { value: this, configurable: true });
  }

  show(visibilityState: 'visible' | 'hidden'): void {
    this.visibilityState = visibilityState;
    this.dispatchEvent(new Event('visibilitychange'));
  }

  close(): void {
    Reflect.deleteProperty(globalThis, 'document');
  }
}
