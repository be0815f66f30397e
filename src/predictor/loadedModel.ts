import type { Clock } from "../base/ports.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { PieceIndex } from "../decoding/pieceIndex.ts";
import type { BatchLanguageModel } from "../models/languageModel.ts";
import { RecurrentDecoder } from "../models/neural/recurrentDecoder.ts";
import type { NetworkSpec, WeightMap } from "../models/neural/networkSpec.ts";
import type { RecurrentKernel, RecurrentState } from "../models/neural/recurrentKernel.ts";
import type { PredictorModelInfo } from "../protocol/predictorMessages.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import { DocumentContext } from "./documentContext.ts";
import type { ReadingModel } from "./readingModel.ts";
import { ReadingPace } from "./readingPace.ts";

/** What a model runs on. */
export interface ModelRuntime {
  readonly clock: Clock;
  readonly createKernel: (spec: NetworkSpec, weights: WeightMap) => RecurrentKernel;
}

/** A first guess, on the careful side: 2.5 to 3.5 on source text with 1,024 pieces. */
const BPE_CHARS_PER_TOKEN = 2.5;

/** Documents whose states are kept. */
const MAX_DOCUMENTS = 8;

/** Steps taken before timing, until the kernel's code is compiled, and steps timed. */
const WARM_UP_STEPS = 12;
const TIMED_STEPS = 8;

/** A checkpoint ready to predict from, with the states of the documents it has read. Requests hold on to it while they run. */
export class LoadedModel {
  public readonly info: PredictorModelInfo;
  /** Equal for checkpoints that predict the same. */
  public readonly fingerprint: string;
  public readonly reading: ReadingModel<RecurrentState>;
  #current: DocumentContext<RecurrentState> | undefined;
  /** The one last used comes last. */
  readonly #contexts = new Map<string, DocumentContext<RecurrentState>>();

  public constructor(directory: string, checkpoint: Checkpoint, { clock, createKernel }: ModelRuntime) {
    const vocabulary = restoreVocabulary(checkpoint.vocabulary);
    const model = new RecurrentDecoder(createKernel(checkpoint.spec, checkpoint.weights));
    const charsPerToken = vocabulary.kind === "char" ? 1 : BPE_CHARS_PER_TOKEN;
    const pace = new ReadingPace({ msPerToken: measureStepMs(model, clock), charsPerToken });
    this.reading = { model, vocabulary, pieces: new PieceIndex(vocabulary), pace, clock };
    this.info = describeModel(directory, checkpoint);
    this.fingerprint = fingerprintOf(checkpoint);
  }

  /** What has been read of a document. */
  public context(document: string): DocumentContext<RecurrentState> {
    const context = this.#contexts.get(document) ?? new DocumentContext(this.reading);
    this.#contexts.delete(document);
    if (this.#current !== context) {
      this.#current?.releaseTrees();
      this.#current = context;
    }
    this.#contexts.set(document, context);
    for (const oldest of this.#contexts.keys()) {
      if (this.#contexts.size <= MAX_DOCUMENTS) {
        break;
      }
      this.#contexts.delete(oldest);
    }
    return context;
  }

  public forget(document: string): void {
    this.#contexts.delete(document);
  }
}

/** What people want to know of a checkpoint. */
export function describeModel(directory: string, { spec, vocabulary, progress }: Checkpoint): PredictorModelInfo {
  const { validation } = progress;
  return {
    directory,
    step: progress.step,
    vocabularySize: spec.vocabularySize,
    hiddenSize: spec.hiddenSize,
    layerCount: spec.layerCount,
    tokenizer: vocabulary.kind,
    perplexity: validation === null ? null : Math.exp(validation.nats / validation.tokens),
    bitsPerByte: validation === null ? null : validation.nats / validation.bytes / Math.LN2,
  };
}

/** A digest of what predictions depend on: a checkpoint is written every few seconds, but its best weights change seldom. */
export function fingerprintOf({ spec, vocabulary, weights }: Checkpoint): string {
  let hash = 0;
  for (const values of weights.values()) {
    const words = new Int32Array(values.buffer, values.byteOffset, values.length);
    for (const word of words) {
      hash = (Math.imul(hash, 31) + word) | 0;
    }
  }
  return JSON.stringify([spec, vocabulary.kind, vocabulary.pieces.length, vocabulary.merges.length, hash]);
}

function measureStepMs(model: BatchLanguageModel<RecurrentState>, clock: Clock): number {
  let state = model.initialState();
  let startedMs = 0;
  for (let step = -WARM_UP_STEPS; step < TIMED_STEPS; step++) {
    if (step === 0) {
      startedMs = clock.nowMs();
    }
    // Tokens differ, since what a token adds to the gates is computed once and kept.
    state = model.advance(state, (step + WARM_UP_STEPS) % model.vocabularySize);
  }
  return Math.max(0.001, (clock.nowMs() - startedMs) / TIMED_STEPS);
}
