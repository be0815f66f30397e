import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { isFamilyDirectory } from "../checkpoints/familyStore.ts";
import { perplexityOf } from "../evaluation/tally.ts";
import { sha256 } from "../node/sha256.ts";
import type { EvaluateResult, WeightsChoice } from "../protocol/engineMessages.ts";
import type { Adaptation, ExpertFigures } from "../protocol/expertFigures.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { runEvaluateFamily } from "./familyCommand.ts";
import { requireScored } from "./requireScored.ts";
import { type TrainedFiles, warnOfTrainedFiles } from "./trainedFiles.ts";

export interface EvaluateArguments {
  readonly paths: readonly string[];
  readonly model: string;
  /** Whether counts, cache and mixture stay as they are. */
  readonly isFrozen: boolean;
  /** Null: as the predictor holds them. */
  readonly weights: WeightsChoice | null;
  /** Ways in which the network learns from what it reads. */
  readonly adaptations: readonly Adaptation[];
}

/** Scores a model on files, and warns of those that it was trained on. */
export async function runEvaluate(given: EvaluateArguments, context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, resolvePath } = context;
  const { isFrozen, weights, adaptations } = given;
  const model = resolvePath(given.model);
  const paths = given.paths.map(resolvePath);
  if (await isFamilyDirectory(model, context.files)) {
    return runEvaluateFamily({ model, paths, isFrozen, weights, adaptations }, context);
  }
  const trained = await noteTrainedFiles({ model, paths }, context);
  const result = await engine.request(
    "evaluate",
    { model, paths, isFrozen, adaptations, ...(weights === null ? {} : { weights }) },
    {
      signal,
      onEvent: (event) => {
        if (event.type === "notice") {
          terminal.note(event.message);
        } else if (event.type === "evaluationProgress") {
          const share = readableShare(event.tokens / event.totalTokens);
          terminal.live(`Scoring  ${share} of ${readableCount(event.totalTokens)} tokens`);
        } else if (event.type === "trainedTexts") {
          trained.noteTexts(event.paths);
        }
      },
    },
  );
  requireScored(result);
  terminal.result({ ...result, trainedFileCount: trained.count }, describeResult(result));
  return 0;
}

/** Warns of files that lie where a model was trained on files. Throws `LmError` where there is no model. */
export async function noteTrainedFiles(
  { model, paths }: { readonly model: string; readonly paths: readonly string[] },
  context: CommandContext,
): Promise<TrainedFiles> {
  const read = await openCheckpointStore(model, context.files, sha256).readManifest();
  if (read.kind !== "manifest") {
    throw checkpointError(read);
  }
  return warnOfTrainedFiles({ paths, trainingPaths: read.manifest.trainingPaths }, context);
}

function describeResult(result: EvaluateResult): string {
  const { tokens, unknownTokens, bytes, perplexity, bitsPerByte, top1, mrr, experts } = result;
  const expert = (name: string, figures: ExpertFigures | null): string =>
    figures === null ? `  ${name}none` : `  ${name}${figureOf(figures, result)}`;
  return [
    `${readableCount(tokens)} tokens, ${readableCount(bytes)} bytes`,
    ...(unknownTokens === 0 ? [] : [`Unknown tokens      ${readableCount(unknownTokens)}`]),
    `Perplexity          ${readablePerplexity(perplexity)}`,
    `Bits per byte       ${readableFigure(bitsPerByte)}`,
    `First guess right   ${readableShare(top1)}`,
    `Mean 1 / rank       ${readableFigure(mrr)}`,
    `${unknownTokens === 0 ? "Bits per byte" : "Perplexity"} of each model by itself`,
    expert("counts             ", experts.counts),
    expert("counts and cache   ", experts.cache),
    expert("and similar places ", experts.places),
    expert("network            ", experts.lstm),
    ...(experts.dynamicEvaluation === null ? [] : [expert("with a moving bias ", experts.dynamicEvaluation)]),
    ...(experts.neuralCache === null ? [] : [expert("with neural cache  ", experts.neuralCache)]),
  ].join("\n");
}

/** Bits per byte, or the perplexity where tokens are unknown. */
function figureOf({ bitsPerByte, nats }: ExpertFigures, { tokens }: Pick<EvaluateResult, "tokens">): string {
  return bitsPerByte === null ? readablePerplexity(perplexityOf({ nats, tokens })) : readableFigure(bitsPerByte);
}
