#!/usr/bin/env node
import { run } from './cli/run.js';

// No process.exit(): it would hide a request or a timer that is left behind.
process.exitCode = await run(process.argv.slice(2), process.env);
