import { readableCount, readableFigure, readablePerplexity } from "../base/readableNumbers.ts";
import type { EvaluationEvent, TrainEvent } from "../protocol/engineMessages.ts";
import { corpusSummary, PHASE_TEXTS } from "../protocol/statusWords.ts";

/** A line of the log about an event of a training; null for what would only repeat others. */
export function eventText(event: TrainEvent): string | null {
  switch (event.type) {
    case "progress":
      return null;
    case "phase":
      // While steps are taken these come again with every measurement, which has a line of its own.
      return event.phase === "backend" || event.phase === "corpus" || event.phase === "tokenizer"
        ? `Training: ${PHASE_TEXTS[event.phase]}.`
        : null;
    case "corpus":
      return `Corpus: ${corpusSummary(event)}; ${readableCount(event.trainingTokens)} tokens to learn from and ${readableCount(
        event.validationTokens,
      )} held out, vocabulary ${readableCount(event.vocabularySize)}, ${readableCount(event.parameterCount)} parameters.`;
    case "evaluation":
      return evaluationText(event);
    case "checkpoint":
      return `Saved the model of step ${readableCount(event.step)}.`;
    case "notice":
      return event.message;
    case "pause":
      return event.isPaused ? "Training is paused." : "Training goes on.";
    case "done":
      return `Training ended: ${event.stopped}; ${event.nothingLearnt ?? `the model is in ${event.model}.`}`;
  }
}

function evaluationText({ step, perplexity, bitsPerByte, tokens, isBest, isFinal }: EvaluationEvent): string {
  const best = isBest ? ", the best so far" : "";
  return `Step ${readableCount(step)}: validation perplexity ${readablePerplexity(perplexity)}, ${readableFigure(
    bitsPerByte,
  )} bits per byte over ${readableCount(tokens)} tokens${isFinal ? ", final" : best}.`;
}
