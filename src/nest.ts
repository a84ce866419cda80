/**
 * `import … from 'rxjs-task-status/nest'`: the status of tasks in NestJS applications.
 *
 * @packageDocumentation
 */

export {};
