import type { Clock } from "../base/ports.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { PieceIndex } from "../decoding/pieceIndex.ts";
import { AS_CLAIMED, type Calibrate, calibrationFor, fileLanguage } from "../models/calibration/calibration.ts";
import type { BatchLanguageModel } from "../models/languageModel.ts";
import { LocalCounts } from "../models/counting/localCounts.ts";
import { Neighbourhood } from "../models/counting/neighbourhood.ts";
import { createPassage } from "../models/counting/passage.ts";
import { PlaceContexts } from "../models/counting/placeContexts.ts";
import { readHistory } from "../models/counting/tokenHistory.ts";
import { type ExpertProbabilities, MixtureModel, type MixtureState } from "../models/mixture/mixtureModel.ts";
import { tokenKinds } from "../models/mixture/tokenKinds.ts";
import { RecurrentDecoder } from "../models/neural/recurrentDecoder.ts";
import type { NetworkSpec, WeightMap } from "../models/neural/networkSpec.ts";
import type { RecurrentKernel } from "../models/neural/recurrentKernel.ts";
import { EXPERT_NAMES, type ExpertName, type PredictorModelInfo } from "../protocol/predictorMessages.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import { tokenTexts } from "../tokens/tokenTexts.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { isSameVocabulary } from "./counting/workspaceScanner.ts";
import type { StartedCounts } from "./counting/workspaceCounts.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import { DocumentContext } from "./documentContext.ts";
import type { Experts } from "./explainCaret.ts";
import { LocalReader } from "./localReader.ts";
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

/** Tokens before a typed line that are its context where it is remembered. */
const LEAD_TOKENS = 12;

/** What a model is made of; at least one of both, and both over the same vocabulary. */
export interface ModelSources {
  readonly checkpoint: { readonly directory: string; readonly checkpoint: Checkpoint } | null;
  readonly counts: StartedCounts | null;
  /** Those that take part, of those there are. */
  readonly experts: readonly ExpertName[];
}

/** Network and counts, ready to predict from, with the states of the documents they have read. Requests hold on to it while they run. */
export class LoadedModel {
  /** What it was made of. */
  public readonly sources: ModelSources;
  public readonly reading: ReadingModel<MixtureState>;
  /** Keeps in mind what stands before the caret. */
  public readonly local: LocalReader;
  /** What takes part, each by itself. */
  public readonly experts: Experts;
  readonly #mixture: MixtureModel;
  /** Null where counts of what is read do not take part. */
  readonly #near: Neighbourhood | null;
  #entered: { readonly document: string; readonly filesVersion: number | undefined } | undefined;
  #current: DocumentContext<MixtureState> | undefined;
  /** The one last used comes last. */
  readonly #contexts = new Map<string, DocumentContext<MixtureState>>();

  /**
   * Throws `TypeError` without a checkpoint and without counts.
   * @param previous the one that this one takes the place of: what was written lately goes on being known
   */
  public constructor(sources: ModelSources, { clock, createKernel }: ModelRuntime, previous?: LoadedModel) {
    const { checkpoint: source, counts, experts } = sources;
    this.sources = sources;
    const vocabulary = vocabularyOf(sources);
    const { size: vocabularySize, startId } = vocabulary;
    const texts = tokenTexts(vocabulary);
    const placeContexts = new PlaceContexts(texts);
    const local = new LocalCounts({ vocabularySize, startId, placeContexts });
    const isRemembering = experts.includes("cache");
    const known =
      previous !== undefined && isSameVocabulary(previous.reading.vocabulary, vocabulary) ? previous.#near : null;
    this.#near = isRemembering ? (known ?? new Neighbourhood({ vocabularySize, startId, placeContexts })) : null;
    this.local = new LocalReader(local, vocabulary);
    this.experts = {
      counts: experts.includes("counts") ? (counts?.index ?? null) : null,
      local: isRemembering ? local : null,
      near: this.#near,
      lstm:
        source !== null && experts.includes("lstm")
          ? new RecurrentDecoder(createKernel(source.checkpoint.spec, source.checkpoint.weights))
          : null,
    };
    this.#mixture = new MixtureModel({
      ...this.experts,
      kinds: tokenKinds(texts),
      vocabularySize,
      startId,
      gate: source?.checkpoint.gate ?? null,
    });
    const charsPerToken = vocabulary.kind === "char" ? 1 : BPE_CHARS_PER_TOKEN;
    const pace = new ReadingPace({ msPerToken: measureStepMs(this.#mixture, clock), charsPerToken });
    const version = (): number => (counts?.index.version ?? 0) + this.local.version + (this.#near?.version ?? 0);
    this.reading = { model: this.#mixture, vocabulary, pieces: new PieceIndex(vocabulary), pace, clock, version };
  }

  /** What the experts, each by itself, give to the token that may come after a state. */
  public assess(state: MixtureState, token: number): ExpertProbabilities {
    return this.#mixture.assess(state, token);
  }

  /** What claims are worth in a document; as they are where not all experts take part, of whom together it was fitted. */
  public calibrateFor(document: string): Calibrate {
    const { checkpoint, experts } = this.sources;
    return EXPERT_NAMES.every((expert) => experts.includes(expert))
      ? calibrationFor(checkpoint?.checkpoint.calibration ?? null, fileLanguage(document))
      : AS_CLAIMED;
  }

  /** What has been read of a document. */
  public context(document: string): DocumentContext<MixtureState> {
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

  /**
   * Learns how far to trust the experts from a line that was just typed, before it is counted anywhere; yields after every token.
   * A line whose beginning was not read is passed over.
   * @param whole the window with what stands above it
   */
  public *observeTyped(document: string, window: DocumentWindow, whole: DocumentWindow): Generator<void, void> {
    const line = this.local.typedLine(document, whole);
    if (line === undefined) {
      return;
    }
    const end = window.text.lastIndexOf("\n") + 1;
    let state = this.context(document).stateAt(window, end - line.length);
    const tokens = this.reading.vocabulary.encode(line);
    this.#remember(document, { tokens, state });
    for (const token of state === undefined ? [] : tokens) {
      this.#mixture.observe(state as MixtureState, token);
      state = this.#mixture.advance(state as MixtureState, token);
      yield;
    }
  }

  /**
   * Counts what is near a document, in its folder and lately written elsewhere; yields between small pieces of work. May be given up at any time. Without a network
   * nothing asks for it, and nothing is done.
   */
  public *enter(document: string): Generator<void, void> {
    const files = this.sources.counts?.files;
    const filesVersion = files?.version;
    const isEntered = this.#entered?.document === document && this.#entered.filesVersion === filesVersion;
    if (this.#near === null || this.experts.lstm === null || isEntered) {
      return;
    }
    const path = files?.pathOf(document) ?? null;
    // Until it is done the counts are of neither document.
    this.#entered = undefined;
    if (yield* this.#near.enter(path ?? document, path === null ? [] : (files?.all() ?? []))) {
      this.#entered = { document, filesVersion };
    }
  }

  /** Keeps a typed line in mind for other documents, unless its own is left out of the counts, as secret and ignored files are, or none says whether it is. */
  #remember(
    document: string,
    { tokens, state }: { readonly tokens: Iterable<number>; readonly state: MixtureState | undefined },
  ): void {
    const files = this.sources.counts?.files;
    if (files?.isCounted(document) !== true) {
      return;
    }
    const recent = new Int32Array(LEAD_TOKENS);
    const leadCount = readHistory(state?.history ?? null, recent);
    const lead = recent.subarray(0, leadCount).reverse();
    const { startId } = this.reading.vocabulary;
    const isDocumentStart = lead[0] === startId;
    const context = [...lead].filter((token) => token !== startId);
    const passage = createPassage(Uint16Array.from([...context, ...tokens]), {
      leadCount: context.length,
      isDocumentStart,
    });
    this.#near?.remember(files.pathOf(document) ?? document, passage);
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
    cell: spec.cell,
    hiddenSize: spec.hiddenSize,
    layerCount: spec.layerCount,
    tokenizer: vocabulary.kind,
    perplexity: validation === null ? null : Math.exp(validation.nats / validation.tokens),
    bitsPerByte: validation === null ? null : validation.nats / validation.bytes / Math.LN2,
  };
}

/** A digest of what predictions depend on: a checkpoint is written every few seconds, but its best weights change seldom. */
export function fingerprintOf({ spec, vocabulary, weights, gate, calibration }: Checkpoint): string {
  let hash = 0;
  for (const values of weights.values()) {
    const words = new Int32Array(values.buffer, values.byteOffset, values.length);
    for (const word of words) {
      hash = (Math.imul(hash, 31) + word) | 0;
    }
  }
  return JSON.stringify([
    spec,
    vocabulary.kind,
    vocabulary.pieces.length,
    vocabulary.merges.length,
    hash,
    gate,
    calibration,
  ]);
}

function vocabularyOf({ checkpoint, counts }: ModelSources): Vocabulary {
  if (checkpoint !== null) {
    return restoreVocabulary(checkpoint.checkpoint.vocabulary);
  }
  if (counts === null) {
    throw new TypeError("Expected a checkpoint or counts to predict from");
  }
  return counts.vocabulary;
}

function measureStepMs(model: BatchLanguageModel<MixtureState>, clock: Clock): number {
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
