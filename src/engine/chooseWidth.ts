/** What a width is chosen by. */
export interface WidthCall {
  /** H that is right for a short budget; never less. */
  readonly leastWidth: number;
  /** That are left of the budget for training. */
  readonly trainingSeconds: number;
  /** N */
  readonly textTokens: number;
  /** Whether the machine has memory for a network of this width. */
  readonly hasRoom: (hiddenSize: number) => boolean;
  /** Measures about how many tokens a second a training of this width reads; 0 where that is far from the speed that is needed, or cannot be done. */
  readonly readingSpeed: (hiddenSize: number, neededSpeed: number) => Promise<number>;
}

const WIDTHS = [256, 384, 512, 768, 1024] as const;
/** Of two minutes, a measurement that takes one or two of their seconds would be too much. */
const LEAST_SECONDS = 180;
/** Where a wider layer came to a little more than a narrower one in the same time (`docs/benchmarks.md`, "Width by budget"). */
const TOKENS_READ_PER_WEIGHT = 6;
/** A little above those of the shortest text that a wider layer was measured on and did better: 512 units on flask's 0.42 million tokens. */
const WEIGHTS_PER_TOKEN = 5.5;

/** H of one layer: the widest whose 8H² weights the budget has time for and the text has something to tell, by the speed that is measured here and now. */
export async function chooseWidth(call: WidthCall): Promise<number> {
  const { leastWidth, trainingSeconds, textTokens, hasRoom, readingSpeed } = call;
  if (trainingSeconds < LEAST_SECONDS) {
    return leastWidth;
  }
  const mayWiden = (width: number): boolean => layerWeights(width) <= WEIGHTS_PER_TOKEN * textTokens && hasRoom(width);
  let chosen = leastWidth;
  // Of the width before, to begin with infinite: a wider one is never faster.
  let tokensRead = Number.POSITIVE_INFINITY;
  for (const width of WIDTHS.filter((some) => some > leastWidth)) {
    const neededTokens = TOKENS_READ_PER_WEIGHT * layerWeights(width);
    if (!mayWiden(width) || tokensRead < neededTokens) {
      break;
    }
    tokensRead = trainingSeconds * (await readingSpeed(width, neededTokens / trainingSeconds));
    if (tokensRead < neededTokens) {
      break;
    }
    chosen = width;
  }
  return chosen;
}

/** Of an LSTM whose inputs are as wide as it is: both kernels. */
function layerWeights(hiddenSize: number): number {
  return 8 * hiddenSize ** 2;
}
