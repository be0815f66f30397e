import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { RankTally, Tally } from "../../evaluation/tally.ts";
import type { TrainableModel } from "../../models/neural/trainableModel.ts";
import { scoreStream, type StreamScoreOptions } from "../../training/scoreStream.ts";

export interface TextScore extends Tally, Pick<RankTally, "firstCount"> {}

/** Stretches read side by side, and how far at once: what is scored hardly depends on it, and a processor is busy with it. */
const SCORING = { laneCount: 8, windowTokens: 32 } as const;
/** Nats by which two equal scores may differ in float32. */
const TIE_NATS = 1e-5;

/** Sums over a stream as a network predicts it; null where it was cancelled. */
export async function scoreText(
  model: TrainableModel,
  stream: PredictionStream,
  options: Pick<StreamScoreOptions, "signal" | "pause" | "onRead">,
): Promise<TextScore | null> {
  const { nats, bestNats, isCancelled } = await scoreStream(model, stream, { ...SCORING, ...options });
  if (isCancelled) {
    return null;
  }
  // A tie with the likeliest counts as right.
  const right = nats.filter((own, place) => own <= (bestNats[place] as number) + TIE_NATS);
  return {
    tokens: stream.count,
    bytes: stream.bytes,
    nats: nats.reduce((sum, value) => sum + value, 0),
    firstCount: right.length,
  };
}
