import { encodeDocuments } from "../batches/tokenStream.ts";
import { readableCount, readableFigure } from "../base/readableNumbers.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { PlacedDocument } from "../evaluation/surroundings.ts";
import { bitsPerByteOf } from "../evaluation/tally.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import { CountingModel } from "../models/counting/countingModel.ts";
import { createSmoothing } from "../models/counting/createSmoothing.ts";
import type { WeightPrecision } from "../models/neural/weightPrecision.ts";
import { sha256 } from "../node/sha256.ts";
import type { Adaptation } from "../protocol/expertFigures.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import {
  type MixtureScoring,
  PAUSE_TOKENS,
  pauseForInterrupt,
  placeDocuments,
  readTrainedCorpus,
  scoreMixture,
} from "./scoreHeldOut.ts";
import { compressBehind } from "./compressors.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";

export interface MixtureBenchArguments {
  readonly folder: string;
  readonly model: string;
  /** Program of a Python with `pyppmd`; null leaves compressors out. */
  readonly python: string | null;
  /** How the network's weights are held; null: as the predictor holds them. */
  readonly weights: WeightPrecision | null;
  /** Ways in which the network learns from what it reads. */
  readonly adaptations: readonly Adaptation[];
}

/** Bits per byte of a folder's held-out files. */
export interface MixtureBenchRow {
  readonly path: string;
  readonly tokens: number;
  readonly bytes: number;
  readonly xz: number | null;
  readonly ppmd: number | null;
  /** Modified Kneser-Ney of order 6, which learns nothing from the held-out files. */
  readonly kneserNey: number;
  readonly counts: number;
  readonly cache: number;
  readonly lstm: number;
  /** With each of the adaptations, the cache on top of the bias; null where it was not asked for. */
  readonly dynamicEvaluation: number | null;
  readonly neuralCache: number | null;
  /** With the weights that training fitted on these very files; null where it fitted none. */
  readonly fitted: number | null;
  /** With the weights for folders never seen, which learn as they go. */
  readonly mixture: number;
  /** Of the mixture and all that it reports, by itself and of all its parts together. */
  readonly msPerToken: number;
}

const KNESER_NEY_ORDER = 6;

/** Scores a model, its counts and their mixture on the files that were held out from its training, beside compressors. */
export async function runMixtureBench(given: MixtureBenchArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal, resolvePath, files } = context;
  const read = await openCheckpointStore(resolvePath(given.model), files, sha256).read();
  if (read.kind !== "checkpoint") {
    throw checkpointError(read);
  }
  const row = await measure({ ...given, checkpoint: read.checkpoint }, context);
  terminal.result(row, describe(row));
  return 0;
}

async function measure(
  { folder, python, weights, adaptations, checkpoint }: MixtureBenchArguments & { readonly checkpoint: Checkpoint },
  context: CommandContext,
): Promise<MixtureBenchRow> {
  const corpus = await readTrainedCorpus(context.resolvePath(folder), { checkpoint, context });
  const vocabulary = restoreVocabulary(checkpoint.vocabulary);
  const [training, heldOut] = [corpus.training, corpus.validation].map((documents) =>
    documents.map(({ text }) => text),
  ) as [string[], string[]];
  const texts = { training: encodeDocuments(training, vocabulary), heldOut: encodeDocuments(heldOut, vocabulary) };
  const documents = {
    training: placeDocuments(texts.training, corpus.training),
    heldOut: placeDocuments(texts.heldOut, corpus.validation),
  };
  const { bytes, predictedTokens: tokens } = texts.heldOut;
  const { startId } = vocabulary;
  const sizes =
    python === null ? null : await compressBehind({ training, heldOut }, { python, signal: context.signal });
  const perByte = (size: number | undefined): number | null => (size === undefined ? null : (8 * size) / bytes);
  const scoring: MixtureScoring = { documents, startId, bytes, weights, adaptations, context };
  const startMs = context.clock.nowMs();
  const result = await scoreMixture({ ...checkpoint, gate: null }, scoring);
  const msPerToken = (context.clock.nowMs() - startMs) / tokens;
  const fitted = checkpoint.gate === null ? null : await scoreMixture(checkpoint, scoring);
  const { counts, cache, lstm, dynamicEvaluation, neuralCache, mixture } = result.experts;
  return {
    path: folder,
    tokens,
    bytes,
    xz: perByte(sizes?.xzBytes),
    ppmd: perByte(sizes?.ppmdBytes),
    kneserNey: await scoreKneserNey(documents, { vocabularySize: vocabulary.size, startId, bytes, context }),
    counts: counts?.bitsPerByte ?? Number.NaN,
    cache: cache?.bitsPerByte ?? Number.NaN,
    lstm: lstm.bitsPerByte ?? Number.NaN,
    dynamicEvaluation: dynamicEvaluation?.bitsPerByte ?? null,
    neuralCache: neuralCache?.bitsPerByte ?? null,
    fitted: fitted?.bitsPerByte ?? null,
    mixture: mixture.bitsPerByte ?? Number.NaN,
    msPerToken,
  };
}

async function scoreKneserNey(
  { training, heldOut }: Readonly<Record<"training" | "heldOut", readonly PlacedDocument[]>>,
  {
    vocabularySize,
    startId,
    bytes,
    context,
  }: {
    readonly vocabularySize: number;
    readonly startId: number;
    readonly bytes: number;
    readonly context: CommandContext;
  },
): Promise<number> {
  const index = new CountIndex({ vocabularySize, startId });
  for (const { tokens } of training) {
    index.learn(tokens);
  }
  const { smoothing } = createSmoothing("modifiedKneserNey", { index, order: KNESER_NEY_ORDER });
  const model = new CountingModel({ index, smoothing, order: KNESER_NEY_ORDER });
  const tally = { tokens: 0, bytes, nats: 0 };
  for (const document of heldOut) {
    let state = model.advance(model.initialState(), startId);
    for (const token of document.tokens) {
      tally.nats -= Math.log(model.probability(state, token));
      state = model.advance(state, token);
      if (++tally.tokens % PAUSE_TOKENS === 0) {
        await pauseForInterrupt(context);
      }
    }
  }
  return bitsPerByteOf(tally);
}

function describe(row: MixtureBenchRow): string {
  const figure = (value: number | null): string => (value === null ? "–" : readableFigure(value));
  return [
    `${row.path}: ${readableCount(row.tokens)} held-out tokens, ${readableCount(row.bytes)} bytes; bits per byte`,
    `xz                         ${figure(row.xz)}`,
    `PPMd, order 16             ${figure(row.ppmd)}`,
    `modified Kneser-Ney, 6     ${figure(row.kneserNey)}`,
    `counts                     ${figure(row.counts)}`,
    `counts and cache           ${figure(row.cache)}`,
    `network                    ${figure(row.lstm)}`,
    `with a moving bias         ${figure(row.dynamicEvaluation)}`,
    `with neural cache          ${figure(row.neuralCache)}`,
    `everything                 ${figure(row.mixture)}`,
    `the same, fitted to these  ${figure(row.fitted)}`,
    `${row.msPerToken.toFixed(3)} ms a token for everything`,
  ].join("\n");
}
