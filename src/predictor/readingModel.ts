import type { Clock } from "../base/ports.ts";
import type { PieceIndex } from "../decoding/pieceIndex.ts";
import type { BatchLanguageModel } from "../models/languageModel.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { ReadingPace } from "./readingPace.ts";

/** What reads and predicts. */
export interface ReadingModel<S> {
  readonly model: BatchLanguageModel<S>;
  readonly vocabulary: Vocabulary;
  readonly pieces: PieceIndex;
  readonly pace: ReadingPace;
  readonly clock: Clock;
  /** Changes whenever the model may say something else about a state than it did before; states stay valid. */
  readonly version: () => number;
}
