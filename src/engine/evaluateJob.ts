import { LmError } from "../base/errors.ts";
import { EvaluationBatches } from "../batches/evaluationBatches.ts";
import { encodeDocuments } from "../batches/tokenStream.ts";
import { checkpointError } from "../checkpoints/checkpointStore.ts";
import { collectDocuments } from "../corpus/collectDocuments.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { decodeText } from "../corpus/decodeText.ts";
import { bitsPerByteOf, perplexityOf } from "../evaluation/tally.ts";
import { RecurrentNetwork } from "../models/neural/recurrentNetwork.ts";
import type { EvaluateJob, EvaluateResult } from "../protocol/engineMessages.ts";
import { scoreWindows } from "../training/scoreWindows.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import { collectOptions } from "./readWorkspace.ts";
import type { JobContext } from "./jobContext.ts";

/** Lanes and window of a pass without gradients: memory is a few logits, so wider than in training. */
const LANE_COUNT = 64;
const WINDOW_TOKENS = 64;

/**
 * Scores every document once, from its START to its END with the state carried all the way.
 * Throws `LmError` where the model or a path cannot be read, or the run was cancelled.
 */
export async function runEvaluateJob(job: EvaluateJob, context: JobContext): Promise<EvaluateResult> {
  const read = await context.openStore(job.model).read();
  if (read.kind !== "checkpoint") {
    throw checkpointError(read);
  }
  const { checkpoint } = read;
  const texts = await readTexts(job.paths, context);
  const backend = await context.backend(job.backend);
  const vocabulary = restoreVocabulary(checkpoint.vocabulary);
  const batches = new EvaluationBatches(encodeDocuments(texts, vocabulary), {
    laneCount: LANE_COUNT,
    windowTokens: WINDOW_TOKENS,
  });
  const network = new RecurrentNetwork(checkpoint.spec, checkpoint.weights, backend.kernels);
  try {
    const { signal, pause } = context;
    const score = await scoreWindows(network, batches.windows(), { signal, isRanked: true, pause });
    if (score.isCancelled) {
      throw cancelledError();
    }
    const tally = { tokens: score.targetCount, bytes: batches.bytes, nats: score.nats };
    return {
      ...tally,
      perplexity: perplexityOf(tally),
      bitsPerByte: bitsPerByteOf(tally),
      top1: score.firstCount / tally.tokens,
      mrr: score.reciprocalRankSum / tally.tokens,
    };
  } finally {
    network.dispose();
  }
}

/** Texts of files and, for folders, of all documents in them that training would take; each file once. */
async function readTexts(paths: readonly string[], context: JobContext): Promise<readonly string[]> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const stat = await context.files.stat(path);
    if (stat === undefined) {
      throw new LmError("fileUnreadable", `${path} does not exist; name files or folders to evaluate on.`);
    }
    if (stat.kind !== "file" && stat.kind !== "directory") {
      throw new LmError(
        "fileUnreadable",
        `${path} is neither a file nor a folder; name files or folders to evaluate on.`,
      );
    }
    const found =
      stat.kind === "directory" ? await readFolder(path, context) : [[path, await readFile(path, context)] as const];
    for (const [file, text] of found) {
      texts.set((await context.files.realPath(file)) ?? file, text);
    }
  }
  return [...texts.values()];
}

/** Path and text of every document in a folder. */
async function readFolder(path: string, context: JobContext): Promise<readonly (readonly [string, string])[]> {
  const folders = [{ path, name: "folder" }];
  const options = await collectOptions({ folders, unsaved: [], corpus: DEFAULT_CORPUS_SETTINGS }, context);
  const collected = await collectDocuments(options);
  if (collected.kind === "cancelled") {
    throw cancelledError();
  }
  if (collected.documents.length === 0) {
    throw new LmError("noDocuments", `${path} holds no text to evaluate on; name files or another folder.`);
  }
  return collected.documents.map((document) => {
    const [, ...segments] = document.path.split("/");
    return [context.files.join(path, ...segments), document.text] as const;
  });
}

async function readFile(path: string, { files }: JobContext): Promise<string> {
  const decoded = decodeText(await files.readFile(path));
  if (decoded.kind === "binary") {
    throw new LmError("fileUnreadable", `${path} is not a text file; name texts to evaluate on.`);
  }
  return decoded.text;
}

function cancelledError(): LmError {
  return new LmError("cancelled", "The evaluation was cancelled.");
}
