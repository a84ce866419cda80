import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { createTaskStatusPool, type TaskStatusPoolOptions } from 'rxjs-task-status';

import { getTaskStatusToken } from './inject-task-status.js';

/** Settings of the module that are not options of the pool. */
export interface ModuleExtras {
  /** Whether all modules can inject the pool without importing this module. Default `false`. */
  readonly isGlobal?: boolean | undefined;
  /** The name of the pool, for `InjectTaskStatus(name)`. Default: none. */
  readonly name?: string | undefined;
}

/** The token of the pool inside its module. It does not depend on the name of the pool. */
export const MODULE_POOL = 'TaskStatusModule:pool';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<
  TaskStatusPoolOptions<string>
>({ moduleName: 'TaskStatus' })
  .setClassMethodName('forRoot')
  .setExtras<ModuleExtras>({ isGlobal: false, name: undefined }, withPool)
  .build();

/** The base class of the module: it has `forRoot` and `forRootAsync`. */
export { ConfigurableModuleClass };

/** Adds the pool to a module that provides its options. */
export function withPool(
  definition: DynamicModule,
  { isGlobal = false, name }: ModuleExtras,
): DynamicModule {
  const token = getTaskStatusToken(name);
  return {
    ...definition,
    global: isGlobal,
    providers: [
      ...(definition.providers ?? []),
      {
        provide: token,
        useFactory: (options: TaskStatusPoolOptions<string>) => createTaskStatusPool(options),
        inject: [MODULE_OPTIONS_TOKEN],
      },
      // an alias, so that the module also closes a pool with which a test replaces its own
      { provide: MODULE_POOL, useExisting: token },
    ],
    exports: [token],
  };
}
