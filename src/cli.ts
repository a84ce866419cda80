#!/usr/bin/env node
import { run } from './cli/run.js';

// and no process.exit(): whatever were left running would show
process.exitCode = await run(process.argv.slice(2), process.env);
