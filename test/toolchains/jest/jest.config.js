module.exports = {
  projects: [
    { displayName: 'node', testEnvironment: 'node' },
    { displayName: 'jsdom', testEnvironment: 'jsdom', testMatch: ['**/watch.test.js'] },
  ],
};
