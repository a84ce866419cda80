// @vitest-environment jsdom
// Sets up what `ng test` sets up by itself, then runs the example of docs/angular.md.
import './test-bed.js';
import '../../docs/examples/angular-testing/task-badge.spec.js';
