import { Inject } from '@nestjs/common';

/**
 * Injects the `TaskStatusPool` of a `TaskStatusModule`. The module closes it.
 *
 * @param name the `name` of the module, if it has one
 *
 * @example
 * constructor(@InjectTaskStatus() private readonly tasks: TaskStatusPool) {}
 */
export function InjectTaskStatus(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getTaskStatusToken(name));
}

/**
 * Returns the injection token of the pool, for `overrideProvider` in tests, `inject` of a factory, and
 * `app.get()`.
 *
 * @param name the `name` of the module, if it has one
 *
 * @example
 * Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(getTaskStatusToken())
 *   .useValue(createTaskStatusPool({ transport: api.transport }));
 */
export function getTaskStatusToken(name?: string): string {
  return name === undefined ? 'TaskStatusPool' : `TaskStatusPool:${name}`;
}
