import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { RankTally, Tally } from "../../evaluation/tally.ts";
import type { TrainableModel } from "../../models/neural/trainableModel.ts";
import { scoreStream, type StreamScore, type StreamScoreOptions } from "../../training/scoreStream.ts";

export interface TextScore extends Tally, Pick<RankTally, "firstCount"> {}

/** What a network gave to every prediction of a stream. */
export type StreamReading = Pick<StreamScore, "nats" | "bestNats" | "rows" | "isCancelled">;

type ReadingOptions = Pick<StreamScoreOptions, "signal" | "pause" | "onRead" | "isKeepingRows">;

/** Stretches read side by side, and how far at once: what is scored hardly depends on it, and a processor is busy with it. */
const SCORING = { laneCount: 8, windowTokens: 32 } as const;
/** Nats by which two equal scores may differ in float32. */
const TIE_NATS = 1e-5;

/** A stream as a network predicts it, token by token. */
export function readStream(
  model: TrainableModel,
  stream: PredictionStream,
  { signal, pause, onRead, isKeepingRows = false }: ReadingOptions,
): Promise<StreamReading> {
  return scoreStream(model, stream, {
    ...SCORING,
    ...{ signal, pause, isKeepingRows },
    ...(onRead === undefined ? {} : { onRead }),
  });
}

/** Sums over a stream as a network predicted it. */
export function sumReading(stream: PredictionStream, { nats, bestNats }: StreamReading): TextScore {
  // A tie with the likeliest counts as right.
  const right = nats.filter((own, place) => own <= (bestNats[place] as number) + TIE_NATS);
  return {
    tokens: stream.count,
    bytes: stream.bytes,
    nats: nats.reduce((sum, value) => sum + value, 0),
    firstCount: right.length,
  };
}

/** Sums over a stream as a network predicts it; null where it was cancelled. */
export async function scoreText(
  model: TrainableModel,
  stream: PredictionStream,
  options: Omit<ReadingOptions, "isKeepingRows">,
): Promise<TextScore | null> {
  const reading = await readStream(model, stream, options);
  return reading.isCancelled ? null : sumReading(stream, reading);
}
