import { diffLines, type LineChange } from "./lineDiff.ts";
import { areSimilar } from "./textSimilarity.ts";

/** A text of a workspace: its path in it, joined with `/`, and its lines. */
export interface VersionedText {
  readonly path: string;
  readonly lines: readonly string[];
}

/** Lines [from, to) of a new file. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** A place of a new file where somebody has written: consecutive lines, some of which may have come by other ways than typing. */
export interface TypedHunk extends LineRange {
  readonly path: string;
  /** All lines of the new file; borrowed. */
  readonly lines: readonly string[];
  /** What was typed: parts of the hunk, in order, not empty and not adjacent. */
  readonly runs: readonly LineRange[];
}

/** A text as the diff sees it; the end of its last line is no line of its own. */
export function versionedText({ path, text }: { readonly path: string; readonly text: string }): VersionedText {
  const lines = text.split("\n");
  return { path, lines: lines.at(-1) === "" ? lines.slice(0, -1) : lines };
}

/** A line that agrees this far with one of the block that it replaces, indentation aside, is an edit of it and was not typed. */
const EDIT_SIMILARITY = 0.6;

/** Shorter lines are the same in many places by chance. */
const MIN_TELLING_CHARS = 10;

/** With more than this share of telling lines known, a hunk was moved or copied. */
const MOVE_SHARE = 0.5;

/**
 * What people typed between two versions of a workspace: new lines, without those that the old file has elsewhere, edits of a replaced
 * line, and moved hunks.
 * @returns in the order of `newTexts`, from top to bottom in each
 */
export function findTypedHunks(
  oldTexts: readonly VersionedText[],
  newTexts: readonly VersionedText[],
): readonly TypedHunk[] {
  const oldByPath = new Map(oldTexts.map((text) => [text.path, text.lines]));
  const everyOldLine = new Set(oldTexts.flatMap(({ lines }) => lines.map((line) => line.trim())));
  return newTexts.flatMap((text) => {
    const oldLines = oldByPath.get(text.path) ?? [];
    const oldSet = new Set(oldLines);
    return diffLines(oldLines, text.lines)
      .filter((change) => !isMove(change, text, everyOldLine))
      .map((change) => ({
        ...text,
        from: change.newFrom,
        to: change.newTo,
        runs: typedRuns(change, { newLines: text.lines, oldLines, oldSet }),
      }))
      .filter(({ runs }) => runs.length > 0);
  });
}

/** UTF-16 units typed in a hunk, the end of every line included. */
export function hunkCharacters({ lines, runs }: TypedHunk): number {
  return runs.reduce((sum, run) => sum + runText(lines, run).length, 0);
}

/** What is typed in a run: its lines, each with its end. */
export function runText(lines: readonly string[], { from, to }: LineRange): string {
  return lines
    .slice(from, to)
    .map((line) => `${line}\n`)
    .join("");
}

function isMove({ newFrom, newTo }: LineChange, { lines }: VersionedText, everyOldLine: ReadonlySet<string>): boolean {
  const telling = lines
    .slice(newFrom, newTo)
    .map((line) => line.trim())
    .filter((line) => line.length >= MIN_TELLING_CHARS);
  const known = telling.filter((line) => everyOldLine.has(line));
  return known.length > MOVE_SHARE * telling.length;
}

interface TwoVersions {
  readonly newLines: readonly string[];
  readonly oldLines: readonly string[];
  readonly oldSet: ReadonlySet<string>;
}

function typedRuns(change: LineChange, { newLines, oldLines, oldSet }: TwoVersions): readonly LineRange[] {
  const replaced = oldLines.slice(change.oldFrom, change.oldTo);
  const runs: LineRange[] = [];
  let from = change.newFrom;
  for (let line = change.newFrom; line <= change.newTo; line++) {
    if (line < change.newTo && isTyped(newLines[line] ?? "", { replaced, oldSet })) {
      continue;
    }
    if (line > from) {
      runs.push({ from, to: line });
    }
    from = line + 1;
  }
  return runs;
}

function isTyped(
  line: string,
  { replaced, oldSet }: { readonly replaced: readonly string[]; readonly oldSet: ReadonlySet<string> },
): boolean {
  return !oldSet.has(line) && !replaced.some((old) => areSimilar(old.trim(), line.trim(), EDIT_SIMILARITY));
}
