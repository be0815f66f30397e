/** A stream of reproducible chance. */
export interface Rng {
  /** Uniform in [0, 1) with 32 bits of randomness. */
  next(): number;
  /** Uniform integer in [0, bound). */
  nextInt(bound: number): number;
  /** The words from which `restoreRng` continues this very stream. */
  save(): readonly [number, number, number, number];
}

/** A stream that depends on `seed` alone: xoshiro128** of Blackman and Vigna (2021), seeded by SplitMix32. */
export function createRng(seed: number): Rng {
  let s = seed >>> 0;
  const splitMix = (): number => {
    s = (s + 0x9e3779b9) >>> 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return restoreRng([splitMix(), splitMix(), splitMix(), splitMix()]);
}

/** The stream whose `save()` gave `words`. */
export function restoreRng(words: readonly [number, number, number, number]): Rng {
  let [a, b, c, d] = words;
  const nextWord = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return {
    next: () => nextWord() / 4294967296,
    nextInt: (bound) => Math.floor((nextWord() / 4294967296) * bound),
    save: () => [a, b, c, d],
  };
}

/** Shuffles in place, every order equally likely (Fisher and Yates 1938; Knuth's algorithm P). */
export function shuffle<T>(items: T[], rng: Rng): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.nextInt(i + 1);
    const item = items[i] as T;
    items[i] = items[j] as T;
    items[j] = item;
  }
  return items;
}
