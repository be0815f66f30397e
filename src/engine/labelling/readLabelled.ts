import { LmError } from "../../base/errors.ts";
import { readableCount } from "../../base/readableNumbers.ts";
import { decodeText } from "../../corpus/decodeText.ts";
import type { LabelTask } from "../../protocol/labelMessages.ts";
import type { JobContext } from "../jobContext.ts";

/** A sentence with a label for each of its tokens, or a text with one. */
export interface LabelledText {
  /** Tokens, or the text alone. */
  readonly parts: readonly string[];
  /** As many as there are parts. */
  readonly labels: readonly string[];
}

/** A sentence is held in memory step by step; no sentence of a person is as long. */
const MOST_TOKENS = 2_000;
/** From so many examples on it is strange that every other one has a label of its own. */
const STRANGE_COUNT = 20;

const SHAPES: Readonly<Record<LabelTask, string>> = {
  tag: "a token, a tab and its label on each line, and a blank line after each sentence",
  classify: "a label, a tab and a text on each line",
};

/** The content of a text file; throws `LmError("fileUnreadable")`. */
export async function readText(path: string, { files }: Pick<JobContext, "files">): Promise<string> {
  const stat = await files.stat(path);
  if (stat?.kind !== "file") {
    const what = stat === undefined ? "does not exist" : "is not a file";
    throw new LmError("fileUnreadable", `${path} ${what}; name a text file.`);
  }
  const decoded = decodeText(await files.readFile(path));
  if (decoded.kind !== "text") {
    throw new LmError("fileUnreadable", `${path} is not a text file; name one.`);
  }
  return decoded.text;
}

/**
 * What a tab-separated file holds: sentences of `token<TAB>label` lines with blank lines between them, or `label<TAB>text` lines. Throws
 * `LmError("badArgument")` that names the line which is something else.
 * @param text with `\n` as its only line end, without byte order mark
 */
export function parseLabelled(
  text: string,
  { task, path }: { readonly task: LabelTask; readonly path: string },
): readonly LabelledText[] {
  const texts = task === "tag" ? parseSentences(text, path) : parseTexts(text, path);
  if (texts.length === 0) {
    throw new LmError("badArgument", `${path} is empty; write ${SHAPES[task]}.`);
  }
  return texts;
}

/** The sentences of a file to be tagged, a token a line: of a line with tabs the first column. */
export function parseTokens(text: string, path: string): readonly (readonly string[])[] {
  return sentencesOf(text, path).map((lines) => lines.map(({ line }) => line.split("\t", 1)[0] ?? ""));
}

/** Refuses what no labeller can be trained on; `path` is for messages. Throws `LmError("badArgument")`. */
export function requireTrainable(
  texts: readonly LabelledText[],
  { task, path }: { readonly task: LabelTask; readonly path: string },
): void {
  const labels = new Set(texts.flatMap(({ labels: own }) => own));
  const count = texts.reduce((sum, { labels: own }) => sum + own.length, 0);
  const [only = ""] = labels;
  const things = task === "tag" ? "tokens" : "texts";
  if (labels.size < 2) {
    throw new LmError(
      "badArgument",
      `All ${readableCount(count)} ${things} of ${path} have the label ${JSON.stringify(only)}, so there is nothing to tell apart; give examples of two labels at least.`,
    );
  }
  if (count >= STRANGE_COUNT && labels.size > count / 2) {
    throw new LmError(
      "badArgument",
      `${path} has ${readableCount(labels.size)} labels for ${readableCount(count)} ${things}; the columns are probably the wrong way round. Write ${SHAPES[task]}.`,
    );
  }
}

interface Line {
  readonly line: string;
  /** From 1. */
  readonly number: number;
}

function parseSentences(text: string, path: string): readonly LabelledText[] {
  return sentencesOf(text, path).map((lines) => {
    const pairs = lines.map(({ line, number }) => {
      const [token = "", label, ...more] = line.split("\t");
      if (label === undefined) {
        throw wrongLine({ path, number }, `has no tab (${quote(line)})`, "tag");
      }
      if (more.length > 0) {
        throw wrongLine({ path, number }, `has ${more.length + 2} columns`, "tag");
      }
      if (token.trim() === "" || label.trim() === "") {
        throw wrongLine({ path, number }, `has no ${token.trim() === "" ? "token" : "label"}`, "tag");
      }
      return { token, label: label.trim() };
    });
    return { parts: pairs.map(({ token }) => token), labels: pairs.map(({ label }) => label) };
  });
}

function parseTexts(text: string, path: string): readonly LabelledText[] {
  return linesOf(text).map(({ line, number }) => {
    const tab = line.indexOf("\t");
    if (tab < 0) {
      throw wrongLine({ path, number }, `has no tab (${quote(line)})`, "classify");
    }
    const [label, content] = [line.slice(0, tab).trim(), line.slice(tab + 1).trim()];
    if (label === "" || content === "") {
      throw wrongLine({ path, number }, `has no ${label === "" ? "label" : "text"}`, "classify");
    }
    return { parts: [content], labels: [label] };
  });
}

function sentencesOf(text: string, path: string): readonly (readonly Line[])[] {
  const sentences: Line[][] = [];
  let last = -1;
  for (const { line, number } of linesOf(text)) {
    if (number !== last + 1 || sentences.length === 0) {
      sentences.push([]);
    }
    sentences[sentences.length - 1]?.push({ line, number });
    last = number;
  }
  const long = sentences.find(({ length }) => length > MOST_TOKENS);
  if (long !== undefined) {
    throw new LmError(
      "badArgument",
      `The sentence that begins in line ${long[0]?.number ?? 1} of ${path} has ${readableCount(long.length)} tokens, and ${readableCount(MOST_TOKENS)} are the most; put a blank line after each sentence.`,
    );
  }
  return sentences;
}

/** The lines that are not blank. */
function linesOf(text: string): readonly Line[] {
  return text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== "");
}

function wrongLine(
  { path, number }: { readonly path: string; readonly number: number },
  what: string,
  task: LabelTask,
): LmError {
  return new LmError("badArgument", `Line ${number} of ${path} ${what}; write ${SHAPES[task]}.`);
}

function quote(line: string): string {
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}
