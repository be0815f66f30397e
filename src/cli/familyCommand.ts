import { LmError } from "../base/errors.ts";
import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { readFamilyManifest } from "../checkpoints/familyStore.ts";
import { perplexityOf } from "../evaluation/tally.ts";
import type { WeightsChoice } from "../protocol/engineMessages.ts";
import type { ExpertFigures } from "../protocol/expertFigures.ts";
import type { EvaluateFamilyJob, EvaluateFamilyResult } from "../protocol/familyMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { requireScored } from "./requireScored.ts";
import { warnOfTrainedFiles } from "./trainedFiles.ts";

export interface EvaluateFamilyArguments extends EvaluateFamilyJob {
  /** Whether nothing is learnt from what was scored. */
  readonly isFrozen: boolean;
  readonly weights: WeightsChoice | null;
}

/** Scores a network that only the engine can run on files, and warns of those that it was trained on. */
export async function runEvaluateFamily(given: EvaluateFamilyArguments, context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, files } = context;
  const { model, paths, isFrozen, weights, adaptations } = given;
  if (weights === "int8") {
    throw new LmError(
      "badArgument",
      `The network in ${model} is scored as it was trained: 8-bit weights are for lstm, gru and rnn that the predictor runs; leave --weights out.`,
    );
  }
  if (isFrozen && adaptations.length > 0) {
    throw new LmError(
      "badArgument",
      "With --frozen nothing is learnt from what was scored, and what adapts does nothing else; leave one of both out.",
    );
  }
  const { trainingPaths } = await readFamilyManifest(model, files);
  const trained = await warnOfTrainedFiles({ paths, trainingPaths }, context);
  const result = await engine.request(
    "evaluateFamily",
    { model, paths, adaptations },
    {
      signal,
      onEvent: (event) => {
        if (event.type === "notice") {
          terminal.note(event.message);
        } else {
          const share = readableShare(event.tokens / event.totalTokens);
          terminal.live(`Scoring  ${share} of ${readableCount(event.totalTokens)} tokens`);
        }
      },
    },
  );
  requireScored(result);
  terminal.result({ ...result, trainedFileCount: trained.count }, describeResult(result));
  return 0;
}

function describeResult(result: EvaluateFamilyResult): string {
  const { network, tokens, unknownTokens, bytes, perplexity, bitsPerByte, top1, experts } = result;
  const adapted = (name: string, figures: ExpertFigures | null): readonly string[] =>
    figures === null ? [] : [`${name}${describeAdapted(figures, result)}`];
  return [
    `${network}, by itself: ${readableCount(tokens)} tokens, ${readableCount(bytes)} bytes`,
    ...(unknownTokens === 0 ? [] : [`Unknown tokens      ${readableCount(unknownTokens)}`]),
    `Perplexity          ${readablePerplexity(perplexity)}`,
    `Bits per byte       ${readableFigure(bitsPerByte)}`,
    `First guess right   ${readableShare(top1)}`,
    ...adapted("Dynamic evaluation  ", experts.dynamicEvaluation),
    ...adapted("Neural cache        ", experts.neuralCache),
  ].join("\n");
}

function describeAdapted(
  { nats, bitsPerByte }: ExpertFigures,
  { tokens }: Pick<EvaluateFamilyResult, "tokens">,
): string {
  const bits = bitsPerByte === null ? "" : `, ${readableFigure(bitsPerByte)} bits per byte`;
  return `perplexity ${readablePerplexity(perplexityOf({ nats, tokens }))}${bits}`;
}
