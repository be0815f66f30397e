import { counted, readableCount, readableFigure, readableShare } from "../base/readableNumbers.ts";
import type { ExplainFamilyResult } from "../protocol/familyMessages.ts";
import type { Explanation } from "../protocol/predictorMessages.ts";
import type { ComingToken } from "../protocol/surpriseMessages.ts";
import { bitsOf } from "../protocol/surpriseWords.ts";
import { explanationTable, pieceText } from "./explanationTable.ts";

/** What a model expects at a place: with counts of a model that suggests, by itself of one that only the engine can run. */
export interface Expectation {
  /** The directory, as it was named. */
  readonly model: string;
  readonly explanation: Explanation | ExplainFamilyResult;
}

/** One model in full, or several side by side, as tables for a terminal. */
export function expectationTable(expectations: readonly Expectation[]): string {
  const [first, ...others] = expectations;
  if (first === undefined) {
    throw new RangeError("Expected one model at least");
  }
  return others.length > 0 ? sideBySide(expectations) : alone(first.explanation);
}

function alone(explanation: Expectation["explanation"]): string {
  if (!isOfNetwork(explanation)) {
    return [explanationTable(explanation), ...comingLines(explanation.comes)].join("\n");
  }
  const { network, typed, next, comes, readCount, unknownCount } = explanation;
  const unknown = unknownCount === 0 ? "" : `, ${readableCount(unknownCount)} of them unknown to its vocabulary`;
  const given = typed === "" ? "" : `, which begins with ${JSON.stringify(typed)}`;
  return [
    `The next token by ${network} alone${given}, behind ${counted(readCount, "token")}${unknown}:`,
    ...next.map((token) => `${readableShare(token.probability).padStart(7)}  ${pieceText(token)}`),
    ...comingLines(comes),
  ].join("\n");
}

function isOfNetwork(explanation: Expectation["explanation"]): explanation is ExplainFamilyResult {
  return "network" in explanation;
}

function comingLines(comes: ComingToken | null): readonly string[] {
  return comes === null ? [] : [`What comes: ${comingText(comes)}`];
}

function comingText(comes: ComingToken): string {
  const unknown = comes.isUnknown ? ", unknown to its vocabulary" : "";
  return `${pieceText(comes)} ${readableShare(Math.exp(-comes.nats))}, ${readableFigure(bitsOf(comes))} bits${unknown}`;
}

/** A column for each model: what was typed of its token, its likeliest tokens, and what it gives to the one that comes. */
function sideBySide(expectations: readonly Expectation[]): string {
  const rowCount = Math.max(...expectations.map(({ explanation }) => explanation.next.length));
  const ranks = Array.from({ length: rowCount }, (_, rank) => `${rank + 1}.`);
  const columns = expectations.map(({ model, explanation: { typed, next, comes } }) => [
    model,
    typed === "" ? "" : JSON.stringify(typed),
    ...ranks.map((_, rank) => {
      const token = next[rank];
      return token === undefined ? "" : `${readableShare(token.probability).padStart(5)}  ${pieceText(token)}`;
    }),
    comes === null ? "" : comingText(comes),
  ]);
  const isTyped = columns.some(([, typed]) => typed !== "");
  const cells = [["", "begins with", ...ranks, "What comes:"], ...columns].map((column) =>
    isTyped ? column : column.filter((_, row) => row !== 1),
  );
  const widths = cells.map((column) => Math.max(...column.map(({ length }) => length)));
  const rows = (cells[0] ?? []).map((_, row) =>
    cells
      .map((column, index) => (column[row] ?? "").padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return ["The likeliest next tokens of each model, and what it gives to the one that comes:", ...rows].join("\n");
}
