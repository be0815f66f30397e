import { counted, readableCount, readableFigure } from "../base/readableNumbers.ts";
import type { CompletionAnswer, ExplainedContext, ExplainedToken, Explanation } from "../protocol/predictorMessages.ts";
import { joinSections } from "./reportText.ts";

export interface ExplainedPlace {
  /** Name of the document. */
  readonly name: string;
  /** From 0. */
  readonly line: number;
  /** UTF-16 units, from 0. */
  readonly column: number;
  /** The caret's line up to the caret. */
  readonly linePrefix: string;
}

export interface ExplanationFacts {
  readonly place: ExplainedPlace;
  /** What is offered there while typing. */
  readonly answer: CompletionAnswer;
  readonly explanation: Explanation;
}

const SILENCE_WORDS: Readonly<Record<NonNullable<CompletionAnswer["silence"]>, string>> = {
  noModel: "there is no model",
  unsure: "nothing is sure and long enough to save keys",
  warmingUp: "the text before the caret was not read in time",
  nothingLeft: "what is expected stands there already, or the line ends here",
  cancelled: "the question was overtaken by another",
  cannotExtend: "nothing extends the selected text",
  notWanted: "the caret is in a comment or a string, where the settings want nothing",
};

/** Why something is suggested at a place, or nothing is, in language `inkling-report`. */
export function explanationText({ place, answer, explanation }: ExplanationFacts): string {
  return joinSections("Inkling explanation", [
    { title: "Place", lines: placeLines(place, explanation) },
    { title: "Suggestion", lines: suggestionLines(place, answer) },
    { title: "Next piece", lines: nextLines(explanation) },
    { title: "Counted", lines: contextLines(explanation) },
  ]);
}

function placeLines({ name, line, column, linePrefix }: ExplainedPlace, { typed }: Explanation): readonly string[] {
  return [
    `document: ${name}`,
    `place: line ${readableCount(line + 1)}, column ${readableCount(column + 1)}`,
    `line so far: ${JSON.stringify(linePrefix)}`,
    ...(typed === "" ? [] : [`typed of a piece that may go on: ${JSON.stringify(typed)}`]),
  ];
}

function suggestionLines({ column }: ExplainedPlace, { suggestions, silence }: CompletionAnswer): readonly string[] {
  const [first] = suggestions;
  if (first === undefined) {
    return [`> Nothing is suggested while typing: ${SILENCE_WORDS[silence ?? "unsure"]}.`];
  }
  const inserted = first.text.slice(Math.max(0, column - first.range.start.column));
  return [
    `text: ${JSON.stringify(inserted)}`,
    `probability: ${percent(first.probability)} that all of it comes next`,
    `saves: ${readableCount(inserted.length - 1)} of ${counted(inserted.length, "key")}`,
  ];
}

function nextLines({ next, typed }: Explanation): readonly string[] {
  if (next.length === 0) {
    return [`> No single piece begins with ${JSON.stringify(typed)}; what was typed is covered by several.`];
  }
  const given = typed === "" ? "" : `, given that it begins with ${JSON.stringify(typed)}`;
  return [`> How probable each piece is${given}; pieces are what the model cuts text into.`, ...next.map(tokenLine)];
}

function tokenLine({ probability, experts, ...piece }: ExplainedToken, index: number): string {
  const { counts, network } = experts;
  const alone = [
    ...(counts === null || network === null ? [] : [`by the counts alone ${percent(counts)}`]),
    ...(network === null ? [] : [`by the network alone ${percent(network)}`]),
  ];
  return `- ${index + 1}: ${[`${pieceText(piece)} ${percent(probability)}`, ...alone].join(", ")}`;
}

function contextLines({ contexts }: Explanation): readonly string[] {
  return contexts.length === 0
    ? []
    : [
        "> How often the text before the caret was followed by anything, and by what. Shorter texts stand inside longer ones, so they are at least as common.",
        ...contexts.map(contextLine),
      ];
}

function contextLine({ text, isFromStart, tokenCount, followerCount, followers, ...counts }: ExplainedContext): string {
  const rest = followerCount - followers.length;
  const list = followers.map((follower) => `${pieceText(follower)} ${readableCount(follower.count)}`).join(", ");
  const start = isFromStart ? "the document's start and " : "";
  return `- ${counted(tokenCount, "piece")} back: after ${start}${JSON.stringify(text)}, ${placesText(counts)}${nearText(counts)}: ${list}${
    rest > 0 ? `, and ${readableCount(rest)} others` : ""
  }`;
}

/** How often, and where that was counted. */
function placesText({
  total,
  inWorkspace,
  inDocument,
}: Pick<ExplainedContext, "total" | "inWorkspace" | "inDocument">): string {
  const times = counted(total, "time");
  if (inWorkspace === null || (inWorkspace === 0 && inDocument !== null)) {
    return `${times}, above in this document`;
  }
  return inDocument === null || inDocument === 0
    ? `${times}, in the workspace`
    : `${times}, ${readableCount(inWorkspace)} in the workspace and ${readableCount(inDocument)} above in this document`;
}

/** How much of that is near, which counts for more. */
function nearText({ inNearFiles, inLatelyWritten }: Pick<ExplainedContext, "inNearFiles" | "inLatelyWritten">): string {
  const parts = [
    ...(inNearFiles === null || inNearFiles === 0 ? [] : [`${readableCount(inNearFiles)} in files near it`]),
    ...(inLatelyWritten === null || inLatelyWritten === 0
      ? []
      : [`${readableCount(inLatelyWritten)} written lately elsewhere`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function pieceText({ text, isEnd }: { readonly text: string; readonly isEnd: boolean }): string {
  return isEnd ? "the document's end" : JSON.stringify(text);
}

/** The share beyond which a model's probability says no more than that it is sure, or that something is out of the question. */
const SURE_SHARE = 0.999;

/** A probability in per cent with three digits: `83.1 %`, `1.27 %`; nothing is certain: `> 99.9 %`, `< 0.1 %`. */
function percent(share: number): string {
  if (share > SURE_SHARE) {
    return "> 99.9 %";
  }
  return share < 1 - SURE_SHARE ? "< 0.1 %" : `${readableFigure(100 * share)} %`;
}
