import { LmError } from "../base/errors.ts";
import { counted, readableShare } from "../base/readableNumbers.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { decodeText } from "../corpus/decodeText.ts";
import type { Predictor } from "../predictor/predictor.ts";
import { buildCompletionQuery } from "../protocol/completionQuery.ts";
import type { CompletionAnswer, CompletionQuery, TextPosition } from "../protocol/predictorMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { explanationTable } from "./explanationTable.ts";
import { openPredictor } from "./modelSession.ts";

export interface CompleteArguments {
  /** Directory of a trained model; null: the counts alone. */
  readonly model: string | null;
  /** Folder whose files are counted; null: none. */
  readonly countFolder: string | null;
  readonly file: string;
  /** From 0, in lines and UTF-16 units, as in VS Code. */
  readonly position: TextPosition;
  /** Whether to say what that rests on. */
  readonly isExplained: boolean;
}

/** Pieces that are listed of an explanation. */
const EXPLAINED_COUNT = 10;

/** Nobody waits at the caret here: time enough to read the whole context. */
const BUDGET_MS = 10_000;

const SILENCE_WORDS: Readonly<Record<NonNullable<CompletionAnswer["silence"]>, string>> = {
  noModel: "no model is loaded",
  unsure: "the model is not sure enough of anything",
  warmingUp: "the text before the caret was not read in time",
  nothingLeft: "what the model expects stands there already, or ends here",
  cancelled: "the request was cancelled",
  cannotExtend: "nothing extends the selected text",
  notWanted: "nothing is wanted in comments or strings",
};

/** Prints what the editor would offer at a place in a file when asked explicitly. */
export async function runComplete(given: CompleteArguments, context: CommandContext): Promise<ExitCode> {
  const { files, terminal, signal, resolvePath } = context;
  const path = resolvePath(given.file);
  const text = await readText(path, files);
  const query = buildQuery({ path, position: given.position, text });
  const predictor = openPredictor(context);
  try {
    if (given.model !== null) {
      await predictor.load(resolvePath(given.model));
    }
    if (given.countFolder !== null) {
      await countFolder(predictor, resolvePath(given.countFolder), context);
      await predictor.update({ document: path, text });
    }
    const { suggestions, elapsedMs, silence } = await predictor.complete(query, signal);
    const answer = { suggestions, elapsedMs, silence };
    if (given.isExplained) {
      const { document, before, isFromStart } = query;
      const place = { document, before, isFromStart, count: EXPLAINED_COUNT };
      const explanation = await predictor.explain(place, signal);
      const tables = explanation === null ? [] : [explanationTable(explanation)];
      terminal.result({ ...answer, explanation }, [describe(answer), ...tables].join("\n"));
    } else {
      terminal.result(answer, describe(answer));
    }
    return 0;
  } finally {
    predictor.dispose();
  }
}

/** Counts a folder, to its end. Throws `LmError` where there is nothing to count. */
export async function countFolder(
  predictor: Predictor,
  path: string,
  { files, signal }: CommandContext,
): Promise<void> {
  const stat = await files.stat(path);
  if (stat?.kind !== "directory") {
    const what = stat === undefined ? "does not exist" : "is not a folder";
    throw new LmError("noDocuments", `${path} ${what}; name the folder to count.`);
  }
  const { fileCount } = await predictor.count(
    { folders: [{ path, name: "workspace" }], corpus: DEFAULT_CORPUS_SETTINGS, first: [], storage: null },
    { signal, emit: () => undefined }, // Progress is for screens, and nothing is kept that could be damaged.
  );
  if (fileCount === 0) {
    throw new LmError("noDocuments", `${path} has no files that can be counted; name a folder with text in it.`);
  }
}

/** The text of a file to look into; throws `LmError("fileUnreadable")`. */
export async function readText(path: string, files: CommandContext["files"]): Promise<string> {
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
      `${path} has ${counted(lines.length, "line")}, so its last is --line ${lines.length - 1} (they count from 0); ${position.line} was asked for.`,
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
