module.exports = {
  projects: [
    { displayName: 'node', testEnvironment: 'node' },
    { displayName: 'jsdom', testEnvironment: 'jsdom', testMatch: ['**/watch.test.js'] },
    { displayName: 'happy-dom', testEnvironment: '@happy-dom/jest-environment' },
  ],
};
