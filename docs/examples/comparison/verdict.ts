export type Verdict = 'same' | 'better' | 'worse';

/** Compares a contender with the library: whether each of them did the right thing. */
export function verdict(right: string, outcome: string, library: string): Verdict {
  if ((outcome === right) === (library === right)) return 'same';
  return outcome === right ? 'better' : 'worse';
}
