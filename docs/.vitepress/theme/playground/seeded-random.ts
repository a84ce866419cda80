const MODULUS = 2_147_483_647;
const MULTIPLIER = 48_271;

/** A function like `Math.random` that returns the same numbers for the same seed (Park and Miller, 1993). */
export function seededRandom(seed: number): () => number {
  // neighbouring seeds would start with neighbouring numbers
  let state = ((seed * 1_000_003) % (MODULUS - 1)) + 1;
  return () => {
    state = (state * MULTIPLIER) % MODULUS;
    return (state - 1) / (MODULUS - 1);
  };
}
