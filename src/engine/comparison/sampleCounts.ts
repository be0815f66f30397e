import { createRng } from "../../base/rng.ts";
import type { CountIndex } from "../../models/counting/countIndex.ts";
import type { SplitText } from "../family/splitText.ts";
import { openCounts } from "./countingScores.ts";
import { CountsReader } from "./countsReader.ts";
import type { CountingEntrant } from "./modelNames.ts";
import { SAMPLE_TOKENS, writeSample } from "./writeSample.ts";

export interface SampleCountsCall {
  readonly text: Pick<SplitText, "vocabulary" | "training">;
  /** What was counted of the training text. */
  readonly index: CountIndex;
  /** Share of the words used lately, those of the sample itself; 0 for counts alone. */
  readonly cacheWeight: number;
  readonly seed: number;
}

/** What counts write behind the training text's first input, drawn as a network's sample is. */
export function sampleCounts(entrant: CountingEntrant, { text, index, cacheWeight, seed }: SampleCountsCall): string {
  const { vocabulary, training } = text;
  const model = openCounts(entrant, index);
  const reader = new CountsReader({ model, vocabulary, firstToken: training.firstInput, cacheWeight });
  return writeSample(reader, { vocabulary, lengthTokens: SAMPLE_TOKENS, rng: createRng(seed) });
}
