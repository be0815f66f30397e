import { readableFigure } from "../../base/readableNumbers.ts";
import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { TrainableModel } from "../../models/neural/trainableModel.ts";
import type { CompareTokenizer } from "../../protocol/compareMessages.ts";
import { DynamicEvaluator, type DynamicRates } from "../../training/dynamicEvaluation.ts";
import type { SplitText } from "../family/splitText.ts";
import type { JobContext } from "../jobContext.ts";
import { type Probabilities, probabilitiesOf } from "./countingScores.ts";
import { natsOf } from "./mixScores.ts";

/** What dynamic evaluation gave to the held-out texts. */
export interface DynamicallyScored {
  readonly validation: Probabilities;
  readonly test: Probabilities;
  /** What the validation text chose; null where the weights do best as they are. */
  readonly rates: DynamicRates | null;
}

export interface DynamicCall {
  readonly model: TrainableModel;
  readonly text: SplitText;
  readonly tokenizer: CompareTokenizer;
  /** What the model gives to the held-out texts with its weights as they are. */
  readonly plain: { readonly validation: Probabilities; readonly test: Probabilities };
  readonly seed: number;
}

/** n of the paper: five words, twenty characters; pieces lie between. */
export const SEGMENT_TOKENS: Readonly<Record<CompareTokenizer, number>> = { word: 5, bpe: 10, char: 20 };
/** Rates and decays that the authors' code tries for segments of five tokens, thinned and with a wider end; both grow with the segment, as there. */
const LEARNING_RATES = [2e-5, 4e-5, 7e-5, 1.2e-4, 2e-4] as const;
/** The default of their code, which has FIRST_DECAY as well. */
const USUAL_RATE = 7e-5;
const FIRST_DECAY = 2e-3;
const OTHER_DECAYS = [1e-3, 5e-3] as const;
/** Of the validation text, from its beginning; the authors' quick search reads twice as many. Several half-lives of the smallest decay. */
const CHOOSING_TOKENS = 15_000;

/**
 * Goes on training while it scores (`DynamicEvaluator`): the rate, then the decay, that do best on the beginning of the validation text; the test text is read
 * once. The model's weights are the same afterwards.
 */
export async function scoreDynamically(call: DynamicCall, context: JobContext): Promise<DynamicallyScored> {
  const { model, text, tokenizer, plain, seed } = call;
  const { signal, pause } = context;
  const waiting = { signal, pause };
  const segmentTokens = SEGMENT_TOKENS[tokenizer];
  const evaluator = await DynamicEvaluator.open(model, text.training, { segmentTokens, seed, ...waiting });
  try {
    const chosen = { validation: text.validation, tokenizer, plain: plain.validation };
    const rates = await chooseRates(evaluator, chosen, context);
    if (rates === null) {
      return { ...plain, rates };
    }
    const score = async (stream: PredictionStream): Promise<Probabilities> =>
      probabilitiesOf(await evaluator.score(stream, { ...rates, ...waiting }));
    return { validation: await score(text.validation), test: await score(text.test), rates };
  } finally {
    evaluator.dispose();
  }
}

/** What was chosen, in a sentence. */
export function describeRates(network: string, rates: DynamicRates | null): string {
  return rates === null
    ? `Dynamic evaluation does not help ${network} on the validation text; ${network}+dynamic is ${network} itself.`
    : `Dynamic evaluation of ${network} with a rate of ${readableFigure(rates.learningRate)} and a decay of ${readableFigure(rates.decay)}, as the validation text chose.`;
}

/** The defaults of the authors' code, for a tokenizer's segments. */
export function usualRates(tokenizer: CompareTokenizer): DynamicRates {
  const scale = SEGMENT_TOKENS[tokenizer] / 5;
  return { learningRate: USUAL_RATE * scale, decay: FIRST_DECAY * scale };
}

/** What rates are chosen by. */
interface ChoosingText {
  readonly validation: PredictionStream;
  readonly tokenizer: CompareTokenizer;
  /** What the model gives to it with its weights as they are. */
  readonly plain: Probabilities;
}

/** The rates that do best on the beginning of a text; null where the weights do best as they are. */
export async function chooseRates(
  evaluator: DynamicEvaluator,
  { validation, tokenizer, plain }: ChoosingText,
  { signal, pause }: Pick<JobContext, "signal" | "pause">,
): Promise<DynamicRates | null> {
  const scale = SEGMENT_TOKENS[tokenizer] / 5;
  const tokens = Math.min(CHOOSING_TOKENS, validation.count);
  let best: { readonly nats: number; readonly rates: DynamicRates | null } = {
    nats: natsOf(plain.own.subarray(0, tokens)),
    rates: null,
  };
  const isBetter = async (rates: DynamicRates): Promise<boolean> => {
    const { nats: each } = await evaluator.score(validation, { ...rates, signal, pause, tokens });
    const nats = each.reduce((sum, value) => sum + value, 0);
    if (!(nats < best.nats)) {
      return false;
    }
    best = { nats, rates };
    return true;
  };
  for (const rate of LEARNING_RATES) {
    const wasHelped = best.rates !== null;
    if (!(await isBetter({ learningRate: rate * scale, decay: FIRST_DECAY * scale })) && wasHelped) {
      break; // Past the best rate it only gets worse.
    }
  }
  const learningRate = best.rates?.learningRate;
  for (const decay of learningRate === undefined ? [] : OTHER_DECAYS) {
    await isBetter({ learningRate: learningRate as number, decay: decay * scale });
  }
  return best.rates;
}
