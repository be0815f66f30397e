/** A token and the probability that it was given. */
export interface RankedToken {
  readonly token: number;
  readonly probability: number;
}

/**
 * The tokens that were held more probable than one, the likeliest first, of equals the one with the smaller id.
 * @param logProbabilities natural logarithms, [V]; borrowed
 * @param count most to name
 */
export function likelierTokens(
  logProbabilities: Float32Array,
  { token, count }: { readonly token: number; readonly count: number },
): readonly RankedToken[] {
  const own = logProbabilities[token] as number;
  const best: number[] = [];
  logProbabilities.forEach((value, id) => {
    const last = best[best.length - 1];
    if (value <= own || (best.length === count && last !== undefined && value <= (logProbabilities[last] as number))) {
      return;
    }
    const place = best.findIndex((other) => value > (logProbabilities[other] as number));
    best.splice(place < 0 ? best.length : place, 0, id);
    best.length = Math.min(best.length, count);
  });
  return best.map((id) => ({ token: id, probability: Math.exp(logProbabilities[id] as number) }));
}
