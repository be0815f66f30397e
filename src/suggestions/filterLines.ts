import type { CaretPlace } from "./caretPlace.ts";
import { applyFilters } from "./filterChain.ts";
import type { WantedLength } from "./gate.ts";

/** A line of fewer characters recurs rightly: closing brackets, `end`, `else`. */
const LEAST_REPEATED = 5;

/**
 * How much of a text of one line or several all filters let through. Each line is judged as if those before it stood there already, and what comes behind a line
 * that is cut or dropped is dropped too; so is all from a line on that stands in the text already, for texts of several lines go round in circles. A text of one
 * line is what `applyFilters` makes of it.
 * @param wantedLength cuts first, before comments and strings in which the user wants nothing
 */
export function filterLines(given: string, place: CaretPlace, wantedLength?: WantedLength): string {
  const text = wantedLength === undefined ? given : given.slice(0, wantedLength(given));
  if (text === "") {
    return "";
  }
  if (!text.includes("\n")) {
    return applyFilters(text, place);
  }
  const kept: string[] = [];
  let before = place.before;
  for (const [index, line] of text.split("\n").entries()) {
    if (index > 0) {
      before += "\n";
    }
    const isRepeated = line.trim().length >= LEAST_REPEATED && kept.some((other) => other.trim() === line.trim());
    const allowed = line === "" || isRepeated ? line : applyFilters(line, { before, after: place.after });
    if (isRepeated || (index > 0 && allowed !== line)) {
      break;
    }
    kept.push(allowed);
    before += allowed;
    if (allowed !== line) {
      break;
    }
  }
  // A line end at the end cannot be seen, and is a key that is typed as quickly.
  return kept.join("\n").trimEnd() === "" ? "" : withoutBlankEnd(kept);
}

function withoutBlankEnd(lines: readonly string[]): string {
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.slice(0, last + 1).join("\n");
}
