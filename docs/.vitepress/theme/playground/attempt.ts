import { runWatch, type Run } from './run.js';
import type { Settings } from './settings.js';

/** A run, or the message of the library for options that it refuses. */
export type Attempt =
  | { readonly run: Run; readonly refusal?: never }
  | { readonly run?: never; readonly refusal: string };

/** Runs the library, and returns what it throws as a message. */
export function attempt(settings: Settings): Attempt {
  try {
    return { run: runWatch(settings) };
  } catch (error) {
    return { refusal: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
