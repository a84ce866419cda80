/** A component that shows a task, mounted into the document. */
export interface Mounted {
  readonly setTaskId: (taskId: string) => Promise<void>;
  /** Lets time pass, and then the framework update the document, ms. */
  readonly advance: (ms: number) => Promise<void>;
  readonly unmount: () => Promise<void>;
}

/** Mounts the component of one framework. */
export type Mount = (target: Element, taskId: string) => Promise<Mounted>;
