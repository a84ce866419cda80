import {
  Inject,
  Module,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type OnModuleDestroy,
} from '@nestjs/common';
import {
  createTaskStatusPool,
  type TaskStatus,
  type TaskStatusPool,
  type TaskStatusPoolOptions,
} from 'rxjs-task-status';

import { ConfigurableModuleClass, MODULE_POOL, type ModuleExtras } from './module-definition.js';

/** The options of `TaskStatusModule.forRoot`: those of a pool, `isGlobal` and `name`. */
export interface TaskStatusModuleOptions<S extends string = TaskStatus, D = unknown, R = unknown>
  extends TaskStatusPoolOptions<S, D, R>, ModuleExtras {}

/**
 * The options of `TaskStatusModule.forRootAsync`: `imports`, `inject` and `useFactory` (or `useClass` or
 * `useExisting`, of a class whose method `create` returns the options), `isGlobal` and `name`.
 */
export interface TaskStatusModuleAsyncOptions<
  S extends string = TaskStatus,
  D = unknown,
  R = unknown,
>
  extends ConfigurableModuleAsyncOptions<TaskStatusPoolOptions<S, D, R>>, ModuleExtras {}

/**
 * Provides a pool. `InjectTaskStatus` injects it.
 *
 * The pool sends no request before its first subscriber. The module closes it in `onModuleDestroy`:
 * streams of statuses and polls complete, and a `result$` without its result errors with a
 * `TaskUnsuccessfulError`.
 *
 * @example
 * \@Module({ imports: [TaskStatusModule.forRoot({ apiKey: process.env.BROWSER_USE_API_KEY })] })
 * export class AppModule {}
 */
@Module({})
export class TaskStatusModule extends ConfigurableModuleClass implements OnModuleDestroy {
  // optional: a test may override the pool with an object that has only the methods it needs
  readonly #pool: Partial<Pick<TaskStatusPool<string>, 'close'>>;

  /** Nest calls the constructor. */
  constructor(@Inject(MODULE_POOL) pool: TaskStatusPool<string>) {
    super();
    this.#pool = pool;
  }

  /**
   * Returns a module with fixed options.
   *
   * @param options those of `createTaskStatusPool`, `isGlobal` and `name`; all optional
   * @throws TypeError or RangeError at the call, for an option that is not valid
   */
  static override forRoot<S extends string = TaskStatus, D = unknown, R = unknown>(
    options?: TaskStatusModuleOptions<S, D, R>,
  ): DynamicModule;
  static override forRoot(options: TaskStatusModuleOptions<string> = {}): DynamicModule {
    // a pool without subscribers does nothing; this one only checks the options
    createTaskStatusPool(options);
    return super.forRoot(options);
  }

  /**
   * Returns a module whose options come from a factory or a class. These may inject other providers. If an
   * option is not valid, the application does not start: it fails with a TypeError or RangeError.
   *
   * @param options the factory or class, `isGlobal` and `name`
   */
  static override forRootAsync<S extends string = TaskStatus, D = unknown, R = unknown>(
    options: TaskStatusModuleAsyncOptions<S, D, R>,
  ): DynamicModule;
  static override forRootAsync(options: TaskStatusModuleAsyncOptions<string>): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Closes the pool. Nest calls it when the application closes. */
  onModuleDestroy(): void {
    this.#pool.close?.();
  }
}
