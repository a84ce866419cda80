import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

const RXJS_TYPES_ONLY = {
  regex: '^rxjs(/|$)',
  allowTypeImports: true,
  message: 'api and watch import only types from RxJS.',
};

/** A layer may import the layers `below` it and nothing else of src. */
function layer(name, below, ...patterns) {
  return {
    files: [`src/${name}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: below.length > 0 ? `^\\.\\./(?!(${below.join('|')})/)` : '^\\.\\./',
              message: 'Imports go down only: entry points, pool, stream, watch, api.',
            },
            { regex: '^rxjs-task-status', message: 'The package name is for the other entries.' },
            ...patterns,
          ],
        },
      ],
    },
  };
}

const CLOCKS = ['setTimeout', 'setInterval', 'setImmediate', 'performance'];
const TIME = 'All time goes through the scheduler.';

export default defineConfig(
  globalIgnores([
    'dist/',
    'coverage/',
    'docs/.vitepress/cache/',
    'docs/.vitepress/dist/',
    'reports/',
    '.stryker-tmp/',
    'docs/examples/angular/',
    'docs/examples/nest/',
    'test/angular-cli/consumer/',
    'test/toolchains/*/',
    'test/servers/*/',
    'docs/api/',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // the modules of Nest
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // TypeScript keeps what it knows of a `let` across a call; callbacks here change it.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An abort reason and a notifier's error are handed on as they are, whatever they are.
      'rxjs-x/throw-error': ['error', { allowThrowingAny: false, allowThrowingUnknown: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      complexity: ['error', 15],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      'no-restricted-globals': [
        'error',
        { globals: CLOCKS.map((name) => ({ name, message: TIME })), checkGlobalObject: true },
      ],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: TIME }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'A union of literals instead of an enum.' },
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: TIME },
      ],
      'rxjs-x/finnish': [
        'error',
        { functions: false, methods: false, parameters: false, properties: false },
      ],
    },
  },
  layer('api', [], RXJS_TYPES_ONLY),
  layer('watch', ['api'], RXJS_TYPES_ONLY),
  layer('stream', ['watch', 'api']),
  layer('pool', ['stream', 'watch', 'api']),
  {
    files: [
      'src/{angular,cli,fleet,learned,nest,node,proxy,testing}.ts',
      'src/{angular,cli,fleet,learned,nest,node,proxy,testing}/**/*.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              // these files have no class, so a copy of them does no harm
              regex:
                '^(\\.{1,2}/)+(?!(api/(body-limit|guards)|watch/backoff)\\.js$)(api|watch|stream|pool|index)\\b',
              message: 'A copy of a class breaks instanceof: import rxjs-task-status by its name.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/proxy/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              // These files have no classes, so a copy of them breaks nothing. They read headers and
              // remove the key from bodies, and no user needs that.
              regex:
                '^(\\.{1,2}/)+(?!api/(body-limit|guards|headers|redact)\\.js$)(api|watch|stream|pool|index)\\b',
              message: 'A copy of a class breaks instanceof: import rxjs-task-status by its name.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'docs/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A test may subscribe only to make something happen, and within what it watches.
      'rxjs-x/no-floating-observables': 'off',
      'rxjs-x/no-ignored-default-value': 'off',
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        console: 'readonly',
        fetch: 'readonly',
        process: 'readonly',
        Response: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
