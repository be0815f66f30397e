import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { sha256 } from "../node/sha256.ts";
import type { BackendChoice, EvaluateResult } from "../protocol/engineMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { findTrainedFiles } from "./trainedFiles.ts";

export interface EvaluateArguments {
  readonly paths: readonly string[];
  readonly model: string;
  readonly backend: BackendChoice;
}

/** Scores a model on files, and warns of those that it was trained on. */
export async function runEvaluate(given: EvaluateArguments, context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, files, resolvePath } = context;
  const model = resolvePath(given.model);
  const paths = given.paths.map(resolvePath);
  const read = await openCheckpointStore(model, files, sha256).readManifest();
  if (read.kind !== "manifest") {
    throw checkpointError(read);
  }
  const trained = await findTrainedFiles(paths, read.manifest.trainingPaths, files);
  if (trained.length > 0) {
    terminal.note(describeTrained(trained));
  }
  const result = await engine.request(
    "evaluate",
    { model, paths, backend: given.backend },
    {
      signal,
      onEvent: ({ message }) => {
        terminal.note(message);
      },
    },
  );
  terminal.result({ ...result, trainedFileCount: trained.length }, describeResult(result));
  return 0;
}

/** Names shown in full; a folder that was trained on has hundreds. */
const SHOWN_NAMES = 5;

function describeTrained(trained: readonly string[]): string {
  const shown = trained.slice(0, SHOWN_NAMES).join(", ");
  const more = trained.length > SHOWN_NAMES ? ` and ${readableCount(trained.length - SHOWN_NAMES)} more` : "";
  return (
    `Warning: the model was trained on ${readableCount(trained.length)} of these files, so the figures flatter it; ` +
    `name files outside the training set: ${shown}${more}`
  );
}

function describeResult({ tokens, bytes, perplexity, bitsPerByte, top1, mrr }: EvaluateResult): string {
  return [
    `${readableCount(tokens)} tokens, ${readableCount(bytes)} bytes`,
    `Perplexity          ${readablePerplexity(perplexity)}`,
    `Bits per byte       ${readableFigure(bitsPerByte)}`,
    `First guess right   ${readableShare(top1)}`,
    `Mean 1 / rank       ${readableFigure(mrr)}`,
  ].join("\n");
}
