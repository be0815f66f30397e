import { LmError } from "../base/errors.ts";
import { readableShare } from "../base/readableNumbers.ts";
import { decodeText } from "../corpus/decodeText.ts";
import { buildCompletionQuery } from "../protocol/completionQuery.ts";
import type { CompletionAnswer, CompletionQuery, TextPosition } from "../protocol/predictorMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { openModel } from "./modelSession.ts";

export interface CompleteArguments {
  readonly model: string;
  readonly file: string;
  /** From 0, in lines and UTF-16 units, as in VS Code. */
  readonly position: TextPosition;
}

/** Nobody waits at the caret here: time enough to read the whole context. */
const BUDGET_MS = 10_000;

const SILENCE_WORDS: Readonly<Record<NonNullable<CompletionAnswer["silence"]>, string>> = {
  noModel: "no model is loaded",
  unsure: "the model is not sure enough of anything",
  warmingUp: "the text before the caret was not read in time",
  nothingLeft: "what the model expects stands there already, or ends here",
  cancelled: "the request was cancelled",
  cannotExtend: "nothing extends the selected text",
};

/** Prints what the editor would offer at a place in a file when asked explicitly. */
export async function runComplete(given: CompleteArguments, context: CommandContext): Promise<ExitCode> {
  const { files, terminal, signal, resolvePath } = context;
  const path = resolvePath(given.file);
  const query = buildQuery({ path, position: given.position, text: await readText(path, files) });
  const predictor = await openModel(given.model, context);
  const { suggestions, elapsedMs, silence } = await predictor.complete(query, signal);
  terminal.result({ suggestions, elapsedMs, silence }, describe({ suggestions, elapsedMs, silence }));
  return 0;
}

async function readText(path: string, files: CommandContext["files"]): Promise<string> {
  const stat = await files.stat(path);
  if (stat?.kind !== "file") {
    const what = stat === undefined ? "does not exist" : "is not a file";
    throw new LmError("fileUnreadable", `${path} ${what}; name the file to complete in.`);
  }
  const decoded = decodeText(await files.readFile(path));
  if (decoded.kind === "binary") {
    throw new LmError("fileUnreadable", `${path} is not a text file; name a text file to complete in.`);
  }
  return decoded.text;
}

interface CaretInFile {
  readonly path: string;
  readonly text: string;
  readonly position: TextPosition;
}

/** The question for a caret; throws `LmError("badArgument")` where the file has no such place. */
export function buildQuery({ path, text, position }: CaretInFile): CompletionQuery {
  const lines = text.split("\n");
  const line = lines[position.line];
  if (line === undefined) {
    throw new LmError(
      "badArgument",
      `${path} has ${lines.length} lines, so its last is --line ${lines.length - 1} (they count from 0); ${position.line} was asked for.`,
    );
  }
  if (position.column > line.length) {
    throw new LmError(
      "badArgument",
      `Line ${position.line} of ${path} ends at --column ${line.length}; ${position.column} was asked for.`,
    );
  }
  const query = buildCompletionQuery(
    { lineCount: lines.length, lineText: (at) => lines[at] ?? "" },
    { document: path, position, selectedCompletion: null, trigger: "explicit", budgetMs: BUDGET_MS },
  );
  if (query === undefined) {
    throw new LmError(
      "badArgument",
      `Column ${position.column} of line ${position.line} is inside a character; name the column before or after it.`,
    );
  }
  return query;
}

function describe({ suggestions, silence }: CompletionAnswer): string {
  if (suggestions.length === 0) {
    return `Nothing to suggest here: ${SILENCE_WORDS[silence ?? "unsure"]}.`;
  }
  return suggestions.map(({ text, probability }) => `${readableShare(probability).padStart(6)}  ${text}`).join("\n");
}
