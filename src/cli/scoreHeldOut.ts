import { basename, join } from "node:path";
import type { TokenStream } from "../batches/tokenStream.ts";
import { LmError } from "../base/errors.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { collectCorpus } from "../corpus/collectCorpus.ts";
import { type Corpus, type CorpusDocument, DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { MixtureScorer } from "../engine/mixtureScorer.ts";
import { streamDocuments } from "../engine/streamDocuments.ts";
import type { PlacedDocument } from "../evaluation/surroundings.ts";
import { kernelFactory } from "../models/neural/openKernel.ts";
import type { WeightPrecision } from "../models/neural/weightPrecision.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import { wasmFiles } from "../node/wasmFiles.ts";
import type { EvaluateResult } from "../protocol/engineMessages.ts";
import type { Adaptation } from "../protocol/expertFigures.ts";
import type { CommandContext } from "./commandContext.ts";

/** Tokens between two chances for Ctrl+C. */
export const PAUSE_TOKENS = 64;

/** The folder as it was when the model was trained; throws `LmError` where it is another. */
export async function readTrainedCorpus(
  path: string,
  { checkpoint, context }: { readonly checkpoint: Checkpoint; readonly context: CommandContext },
): Promise<Corpus> {
  const result = await collectCorpus({
    folders: [{ path, name: basename(path) || "root" }],
    unsaved: [],
    settings: DEFAULT_CORPUS_SETTINGS,
    reader: context.files,
    signal: context.signal,
    globalIgnoreFile: await findGlobalGitignore(),
  });
  if (result.kind === "cancelled") {
    throw cancelled();
  }
  if (result.kind === "empty") {
    throw new LmError("noDocuments", result.reason);
  }
  if (result.corpus.fingerprint !== checkpoint.origin.corpusFingerprint || result.corpus.validation.length === 0) {
    throw new LmError(
      "badArgument",
      `The model was not trained on ${path} as it is now; train it on this folder first.`,
    );
  }
  return result.corpus;
}

/** Documents as counts take them, each with where it lies. */
export function placeDocuments(
  stream: TokenStream,
  sources: readonly Pick<CorpusDocument, "path">[],
): readonly PlacedDocument[] {
  return streamDocuments(stream).map((tokens, index) => ({ path: sources[index]?.path ?? null, tokens }));
}

export interface MixtureScoring {
  readonly documents: {
    /** Null: without counts. */
    readonly training: readonly PlacedDocument[] | null;
    readonly heldOut: readonly PlacedDocument[];
  };
  readonly startId: number;
  readonly bytes: number;
  readonly weights: WeightPrecision | null;
  readonly adaptations: readonly Adaptation[];
  readonly context: CommandContext;
}

/** Scores documents, one after another, by a model, counts of its training documents and caches, which learn as they read. */
export async function scoreMixture(
  checkpoint: Checkpoint,
  { documents, startId, bytes, weights, adaptations, context }: MixtureScoring,
): Promise<EvaluateResult> {
  const createKernel = kernelFactory(wasmFiles(join(import.meta.dirname, "wasm")));
  const { training, heldOut } = documents;
  const scorer = new MixtureScorer(
    { checkpoint, startId, training, isFrozen: false, weights: weights ?? undefined, adaptations },
    createKernel,
  );
  const counting = scorer.countTraining();
  while (counting.next().done !== true) {
    await pauseForInterrupt(context);
  }
  for (const document of heldOut) {
    for (const tokens of scorer.score(document)) {
      if (tokens % PAUSE_TOKENS === 0) {
        await pauseForInterrupt(context);
      }
    }
  }
  return scorer.result(bytes);
}

/** A chance for Ctrl+C; throws `cancelled` after it. */
export async function pauseForInterrupt({ signal }: CommandContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) {
    throw cancelled();
  }
}

function cancelled(): LmError {
  return new LmError("cancelled", "The measurement was cancelled.");
}
