import type { PredictedSuggestion } from "../protocol/predictorMessages.ts";

/** Which of the suggestions that were offered together was accepted. */
export interface AcceptedItem {
  /** From 0. */
  readonly index: number;
  /** What was claimed of it where it was accepted. */
  readonly probability: number;
  /** Characters that it inserted. */
  readonly insertedChars: number;
}

/** What is told when the suggestion at `index` is accepted whole. */
export function acceptedItem({ text, range, probability }: PredictedSuggestion, index: number): AcceptedItem {
  const { start, end } = range;
  const replacedChars = start.line === end.line ? end.column - start.column : 0;
  return { index, probability, insertedChars: Math.max(0, text.length - replacedChars) };
}

/** The same from a command's argument, which anybody may have given; undefined where it is something else. */
export function readAcceptedItem(given: unknown): AcceptedItem | undefined {
  const { index, probability, insertedChars } = (given ?? {}) as Partial<Record<keyof AcceptedItem, unknown>>;
  const isWhole =
    typeof index === "number" &&
    Number.isInteger(index) &&
    typeof probability === "number" &&
    probability > 0 &&
    typeof insertedChars === "number" &&
    insertedChars >= 0;
  return isWhole ? { index, probability: Math.min(1, probability), insertedChars } : undefined;
}
