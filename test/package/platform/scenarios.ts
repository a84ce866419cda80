import { taskPolls$, taskStatus$, type TaskStatusOptions } from 'rxjs-task-status';
import type { PlatformObservable } from './observable.js';

// Runs in the page. The server answers for each task as its id says: see the test.

/** The options of each watch. The delays are short, but for those that poll only on demand. */
const options: TaskStatusOptions = {
  baseUrl: '/api',
  backoff: { initialDelay: 10, maxDelay: 10 },
};
const onDemand = { ...options, backoff: { initialDelay: 3_600_000 } };

/** The values of an Observable and how it ended, or was left. */
function record<T>(source: PlatformObservable<T>, signal?: AbortSignal) {
  const events: unknown[] = [];
  const ended = new Promise<void>((resolve) => {
    const end = (event: unknown): void => {
      events.push(event);
      resolve();
    };
    signal?.addEventListener('abort', () => end('aborted'));
    source.subscribe(
      {
        next: (value) => events.push(value),
        error: (error) => end(String(error)),
        complete: () => end('complete'),
      },
      signal && { signal },
    );
  });
  return { events, ended };
}

async function eventsOf(source: PlatformObservable<unknown>): Promise<unknown[]> {
  const { events, ended } = record(source);
  await ended;
  return events;
}

/** Resolves when the server has received so many requests for a task. */
async function received(taskId: string, count: number): Promise<void> {
  while (((await (await fetch(`/count/${taskId}`)).json()) as number) < count) await pause(5);
}

/** Resolves when the server has seen the client close the request for a task. */
async function closed(taskId: string): Promise<void> {
  while (!(await (await fetch(`/closed/${taskId}`)).json())) await pause(5);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function button(): HTMLButtonElement {
  return document.body.appendChild(document.createElement('button'));
}

/** Counts the subscriptions: all, and those that are open. */
function counted<T>(source: PlatformObservable<T>) {
  const figures = { open: 0, opened: 0 };
  const counting = new Observable<T>((subscriber) => {
    figures.open++;
    figures.opened++;
    subscriber.addTeardown(() => figures.open--);
    const { signal } = subscriber;
    source.subscribe({ next: (value) => subscriber.next(value) }, { signal });
  });
  return { source: counting, figures: () => ({ ...figures }) };
}

const scenarios = {
  /** Whether the class is the platform's. */
  native: () => Promise.resolve(/\[native code\]/.test(String(Observable))),

  from: () => eventsOf(Observable.from(taskStatus$('three', options))),

  fromPolls: () =>
    Observable.from(taskPolls$('three', options))
      .toArray()
      .then((polls) => polls.map(({ status }) => status)),

  fromError: () => eventsOf(Observable.from(taskStatus$('missing', options))),

  /** The second click leaves the watch of the first, whose request hangs. */
  async switchMap() {
    const choice = button();
    const ids = ['hangs-switch', 'three'];
    const { events, ended } = record(
      choice
        .when('click')
        .takeUntil(choice.when('done'))
        .switchMap(() => taskStatus$(ids.shift() ?? '', options)),
    );
    choice.click();
    await received('hangs-switch', 1);
    choice.click();
    await closed('hangs-switch');
    choice.dispatchEvent(new Event('done'));
    await ended;
    return events;
  },

  async takeUntil() {
    const cancel = button();
    const { events, ended } = record(
      Observable.from(taskStatus$('hangs-until', options)).takeUntil(cancel.when('click')),
    );
    await received('hangs-until', 2);
    cancel.click();
    await ended;
    await closed('hangs-until');
    return events;
  },

  /** Leaves the watch with its first status. */
  async first() {
    const { source, figures } = counted(button().when('click'));
    const status$ = taskStatus$('forever', { ...onDemand, pollNow: source });
    return { status: await Observable.from(status$).first(), figures: figures() };
  },

  async abort() {
    const controller = new AbortController();
    const { events, ended } = record(
      Observable.from(taskStatus$('hangs-abort', options)),
      controller.signal,
    );
    await received('hangs-abort', 2);
    controller.abort();
    await ended;
    await closed('hangs-abort');
    return events;
  },

  /** Each click is a poll. */
  async pollNow() {
    const refresh = button();
    const { source, figures } = counted(refresh.when('click'));
    const events: unknown[] = [];
    const before = figures();
    const ended = new Promise<void>((resolve) => {
      taskStatus$('clicked', { ...onDemand, pollNow: source }).subscribe({
        next: (status) => {
          events.push(status);
          if (status !== 'finished') queueMicrotask(() => refresh.click());
        },
        complete: resolve,
      });
    });
    const during = figures();
    await ended;
    return { events, before, during, after: figures() };
  },

  /** `when()` itself as the notifier, without anything around it. */
  async when() {
    const refresh = button();
    const events: unknown[] = [];
    await new Promise<void>((resolve) => {
      taskStatus$('when', { ...onDemand, pollNow: refresh.when('click') }).subscribe({
        next: (status) => {
          events.push(status);
          if (status !== 'finished') queueMicrotask(() => refresh.click());
        },
        complete: resolve,
      });
    });
    return events;
  },

  async unsubscribe() {
    const refresh = button();
    const notifier = counted(refresh.when('click'));
    const pause$ = counted(new Observable<boolean>(() => undefined));
    const subscription = taskStatus$('hangs-unsubscribe', {
      ...options,
      pollNow: notifier.source,
      pauseWhile: pause$.source,
    }).subscribe();
    await received('hangs-unsubscribe', 2);
    const during = [notifier.figures(), pause$.figures()];
    subscription.unsubscribe();
    const after = [notifier.figures(), pause$.figures()];
    await closed('hangs-unsubscribe');
    return { during, after };
  },

  /** No request while the notifier says `true`. */
  async pauseWhile() {
    const { source, figures } = counted(
      new Observable<boolean>((subscriber) => {
        subscriber.next(true);
        const timer = setTimeout(() => {
          events.push('resumed');
          subscriber.next(false);
        }, 100);
        subscriber.addTeardown(() => clearTimeout(timer));
      }),
    );
    const events: unknown[] = [];
    await new Promise<void>((resolve) => {
      taskStatus$('finished-pause', { ...options, pauseWhile: source }).subscribe({
        next: (status) => events.push(status),
        complete: resolve,
      });
    });
    return { events, figures: figures() };
  },

  /** The error of a notifier is the error of the watch. */
  notifierError: () =>
    eventsOf(
      Observable.from(
        taskStatus$('forever-notifier', {
          ...onDemand,
          pollNow: new Observable((subscriber) => subscriber.error('broken')),
        }),
      ),
    ),
};

export type Scenario = keyof typeof scenarios;

declare global {
  interface Window {
    runScenario(name: Scenario): Promise<unknown>;
  }
}

window.runScenario = (name) => scenarios[name]();
