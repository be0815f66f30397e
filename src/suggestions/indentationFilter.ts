import { type CaretPlace, linePrefix } from "./caretPlace.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/**
 * Drops a line whose indentation would be of another kind than the lines above have: tabs among spaces, spaces among tabs, or both in one. Text that adds
 * nothing to the indentation passes, and so does all where no line above is indented.
 */
export const indentationFilter: SuggestionFilter = (text, place) => {
  const prefix = linePrefix(place);
  if (!/^[\t ]/.test(text) || prefix.trim() !== "") {
    return text;
  }
  const kinds = kindsAbove(place);
  const kind = indentationKind(prefix + text);
  return kind === "none" || kinds.size === 0 || kinds.has(kind) ? text : "";
};

type IndentationKind = "none" | "tabs" | "spaces" | "both";

/** Lines that are asked for their indentation: enough to see beyond a block that was pasted. */
const ASKED_LINES = 20;

function kindsAbove({ before }: CaretPlace): ReadonlySet<IndentationKind> {
  const kinds = before
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.trim() !== "")
    .map(indentationKind)
    .filter((kind) => kind !== "none");
  return new Set(kinds.slice(-ASKED_LINES));
}

/** The space before the `*` of a block comment aligns it, also in files indented with tabs. */
function indentationKind(line: string): IndentationKind {
  const indentation = (/^[\t ]*/.exec(line)?.[0] ?? "").replace(/ $/, (space) =>
    line.trimStart().startsWith("*") ? "" : space,
  );
  if (indentation === "") {
    return "none";
  }
  if (indentation.includes("\t")) {
    return indentation.includes(" ") ? "both" : "tabs";
  }
  return "spaces";
}
