/** What a width is chosen by. */
export interface WidthCall {
  /** H that is right for a short budget; never less. */
  readonly leastWidth: number;
  readonly budgetSeconds: number;
  /** N */
  readonly textTokens: number;
  /** Whether there is memory for a network of this width. */
  readonly hasRoom: (hiddenSize: number) => boolean;
  /** Measures what a training of this width would read, tokens a second. */
  readonly readingSpeed: (hiddenSize: number) => Promise<number>;
}

const WIDTHS = [256, 384, 512, 768, 1024] as const;
/** A budget below it is spent on learning rather than on measuring. */
const LEAST_BUDGET_SECONDS = 240;
/** That a wider layer needs to come to more than a narrower one (`docs/benchmarks.md`). */
const TOKENS_READ_PER_WEIGHT = 6;
/** That a text can tell a layer; beyond it a wider one only learns it by heart. */
const WEIGHTS_PER_TOKEN = 4;

/** H of one layer: the widest whose 8H² weights the budget has time for and the text has something to tell, by the speed that is measured here and now. */
export async function chooseWidth(call: WidthCall): Promise<number> {
  const { leastWidth, budgetSeconds, textTokens, hasRoom, readingSpeed } = call;
  if (budgetSeconds < LEAST_BUDGET_SECONDS) {
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
    tokensRead = budgetSeconds * (await readingSpeed(width));
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
