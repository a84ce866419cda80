// @vitest-environment jsdom
// What `ng test` does of itself, and then the tests of docs/angular.md as they stand there.
import './test-bed.js';
import '../../docs/examples/angular-testing/task-badge.spec.js';
