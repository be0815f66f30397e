import { encodeDocuments } from "../batches/tokenStream.ts";
import { LmError } from "../base/errors.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { checkpointError, type CheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { EvaluateEvent, EvaluateJob, EvaluateResult } from "../protocol/engineMessages.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import type { JobContext } from "./jobContext.ts";
import { MixtureScorer } from "./mixtureScorer.ts";
import { readTexts } from "./readTexts.ts";
import { MAX_COUNTED_VOCABULARY, streamDocuments } from "./streamDocuments.ts";
import { SurpriseTrace } from "./surpriseTrace.ts";
import { findTrainedTexts } from "./trainedTexts.ts";
import { unknownNotice } from "./unknownNotice.ts";
import { workspacePath } from "./workspacePath.ts";

export interface EvaluateContext extends JobContext {
  readonly emit: (event: EvaluateEvent) => void;
}

/** Tokens between two looks at the time and at the signal. */
const PAUSE_TOKENS = 32;
const PROGRESS_MS = 500;

/**
 * Scores documents one after another as an editor would meet them: every token is predicted by the mixture and its experts, and then
 * learnt by the counts, the cache and the mixture's weights, unless those are frozen. Needs no TensorFlow.
 * Throws `LmError` where the model or a path cannot be read, or the run was cancelled.
 */
export async function runEvaluateJob(job: EvaluateJob, context: EvaluateContext): Promise<EvaluateResult> {
  const store = context.openStore(job.model);
  const read = await store.read();
  if (read.kind !== "checkpoint") {
    throw checkpointError(read);
  }
  const { checkpoint } = read;
  const texts = await readTexts(job.paths, context);
  const vocabulary = restoreVocabulary(checkpoint.vocabulary);
  const stream = encodeDocuments([...texts.values()], vocabulary);
  const { startId } = vocabulary;
  const documents = await readTraining(store, { checkpoint, context });
  const { trainingPaths } = checkpoint;
  const arePlaced = documents?.length === trainingPaths.length;
  const training =
    documents?.map((tokens, index) => ({ path: arePlaced ? (trainingPaths[index] ?? null) : null, tokens })) ?? null;
  const { isFrozen, weights, adaptations } = job;
  const trace = job.isTraced === true ? new SurpriseTrace({ vocabulary, emit: context.emit }) : null;
  const onToken = trace === null ? undefined : trace.note.bind(trace);
  const scored = { checkpoint, startId, training, isFrozen, weights, adaptations, onToken };
  const scorer = new MixtureScorer(scored, context.createKernel);
  await countTraining(scorer, context);
  const totalTokens = stream.predictedTokens;
  let shownMs = context.clock.nowMs();
  const paths = [...texts.keys()];
  const scoredDocuments = streamDocuments(stream);
  tellTrained(findTrainedTexts(scoredDocuments, documents ?? []), paths, context);
  for (const [index, document] of scoredDocuments.entries()) {
    const path = workspacePath(paths[index] ?? "", trainingPaths);
    trace?.enter(paths[index] ?? "", [...texts.values()][index] ?? "", document);
    for (const tokens of scorer.score({ path, tokens: document })) {
      if (tokens % PAUSE_TOKENS !== 0) {
        continue;
      }
      await pauseOrThrow(context);
      const nowMs = context.clock.nowMs();
      if (nowMs - shownMs >= PROGRESS_MS) {
        shownMs = nowMs;
        context.emit({ type: "evaluationProgress", tokens, totalTokens });
      }
    }
  }
  trace?.flush();
  const result = scorer.result(stream.bytes);
  if (!Number.isFinite(result.nats)) {
    const message = `The model in ${job.model} gives probabilities that are no numbers, so it is damaged. Train again to replace it.`;
    throw new LmError("checkpointCorrupt", message);
  }
  if (result.unknownTokens > 0) {
    context.emit(unknownNotice(result));
  }
  return result;
}

function tellTrained(indices: readonly number[], paths: readonly string[], { emit }: EvaluateContext): void {
  if (indices.length > 0) {
    emit({ type: "trainedTexts", paths: indices.map((index) => paths[index] ?? "") });
  }
}

/** The documents that the model was trained on; null, with a notice, where counts cannot be had. */
async function readTraining(
  store: CheckpointStore,
  { checkpoint, context }: { readonly checkpoint: Checkpoint; readonly context: EvaluateContext },
): Promise<readonly Uint16Array[] | null> {
  const notice = (message: string): void => {
    context.emit({ type: "notice", level: "warning", message });
  };
  if (checkpoint.spec.vocabularySize > MAX_COUNTED_VOCABULARY) {
    notice("The vocabulary is too large for counts, so the figures are of the network alone.");
    return null;
  }
  const read = await store.readDocuments();
  if (read.kind !== "documents") {
    notice(`The counts know nothing but what is scored here: ${read.message}`);
    return [];
  }
  if (read.documents === null) {
    notice(
      "The checkpoint does not hold the text that it was trained on, as one of an earlier version, so the counts know nothing but what is scored here. Train again to have them.",
    );
  }
  return read.documents ?? [];
}

/** Counts what the model was trained on, a little at a time. */
async function countTraining(scorer: MixtureScorer, context: EvaluateContext): Promise<void> {
  const counting = scorer.countTraining();
  while (counting.next().done !== true) {
    await pauseOrThrow(context);
  }
}

async function pauseOrThrow({ signal, pause }: EvaluateContext): Promise<void> {
  await pause();
  if (signal.aborted) {
    throw cancelledError();
  }
}

function cancelledError(): LmError {
  return new LmError("cancelled", "The evaluation was cancelled.");
}
