/** Added to each count, so that what never came is possible. */
const PRIOR_COUNT = 0.5;

/**
 * The bias with which a softmax that reads nothing gives each token its share of a text: ln((nᵥ + ½) / Σ(n + ½)), less its mean, which no softmax sees. A network that
 * begins with it learns from the first step on what depends on context (Karpathy 2019, "A Recipe for Training Neural Networks": init well): Adam moves a
 * number by its rate at most in a step, and the rarest tokens' biases have hundreds of steps to go.
 * @param counts [V]: how often each token came
 */
export function unigramBias(counts: ArrayLike<number>): Float32Array {
  const logs = Float64Array.from(counts, (count) => Math.log(count + PRIOR_COUNT));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Float32Array.from(logs, (log) => log - mean);
}

/** How often each of V tokens is among some, [V]. */
export function countTokens(tokens: Iterable<number>, vocabularySize: number): Uint32Array {
  const counts = new Uint32Array(vocabularySize);
  for (const token of tokens) {
    counts[token] = (counts[token] as number) + 1;
  }
  return counts;
}
