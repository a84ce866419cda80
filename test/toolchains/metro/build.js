const { dirname } = require('node:path');
const { getDefaultConfig, mergeConfig } = require('@react-native/metro-config');
const Metro = require('metro');

const [, , exported, out] = process.argv;

// the defaults of an application, without React Native itself
const config = mergeConfig(getDefaultConfig(__dirname), {
  watchFolders: [dirname(__dirname), dirname(dirname(require.resolve('rxjs/package.json')))],
  resolver: { unstable_enablePackageExports: exported === 'exports' },
  serializer: { getModulesRunBeforeMainModule: () => [] },
  resetCache: true,
  reporter: { update() {} },
});

Metro.runBuild(config, { entry: 'main.js', platform: 'ios', dev: false, minify: false, out }).catch(
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
