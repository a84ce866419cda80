import webpack from 'webpack';

const [, , entry, target, path] = process.argv;

webpack(
  {
    mode: 'production',
    entry,
    target,
    output: { path, filename: 'bundle.cjs' },
  },
  (error, stats) => {
    const { errors, warnings } = stats?.toJson() ?? { errors: [error], warnings: [] };
    for (const { message } of [...errors, ...warnings]) console.error(message);
    if (errors.length > 0) process.exitCode = 1;
  },
);
