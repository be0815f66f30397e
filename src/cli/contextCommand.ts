import { counted } from "../base/readableNumbers.ts";
import { LmError } from "../base/errors.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { buildQuery, countFolder, readText } from "./completeCommand.ts";
import { explanationTable } from "./explanationTable.ts";
import { openPredictor } from "./modelSession.ts";

export interface ContextArguments {
  /** `FILE:LINE` or `FILE:LINE:COLUMN`, counted from 1. */
  readonly place: string;
  readonly model: string;
  /** Folder whose files are counted; null: none. */
  readonly countFolder: string | null;
  /** Tokens to list. */
  readonly count: number;
}

/** What each of the models expects at a place in a file, as the editor's "Why this suggestion?" has it. */
export async function runContext(given: ContextArguments, context: CommandContext): Promise<ExitCode> {
  const { files, terminal, signal, resolvePath } = context;
  const { file, line, column } = parsePlace(given.place);
  const path = resolvePath(file);
  const text = await readText(path, files);
  const position = positionOf({ path, text, line, column });
  const { document, before, isFromStart } = buildQuery({ path, text, position });
  const predictor = openPredictor(context);
  try {
    await predictor.load(resolvePath(given.model));
    if (given.countFolder !== null) {
      await countFolder(predictor, resolvePath(given.countFolder), context);
      await predictor.update({ document: path, text });
    }
    const explanation = await predictor.explain({ document, before, isFromStart, count: given.count }, signal);
    if (explanation === null) {
      throw new LmError("cancelled", "The question was cancelled.");
    }
    terminal.result(
      { file: path, line: position.line + 1, column: position.column + 1, ...explanation },
      explanationTable(explanation),
    );
    return 0;
  } finally {
    predictor.dispose();
  }
}

/** A place as compilers print it; the column is null where none is named. Throws `LmError("badArgument")`. */
export function parsePlace(place: string): {
  readonly file: string;
  readonly line: number;
  readonly column: number | null;
} {
  const [, file = "", line = "", column] = /^(.+?):(\d+)(?::(\d+))?$/u.exec(place) ?? [];
  const parsed = { file, line: Number(line), column: column === undefined ? null : Number(column) };
  if (file === "" || parsed.line < 1 || parsed.column === 0) {
    throw new LmError(
      "badArgument",
      `"${place}" is no place; write FILE:LINE or FILE:LINE:COLUMN, with lines and columns from 1.`,
    );
  }
  return parsed;
}

interface FilePlace {
  readonly path: string;
  readonly text: string;
  readonly line: number;
  readonly column: number | null;
}

/** Without a column, the end of the line. */
function positionOf({ path, text, line, column }: FilePlace): { readonly line: number; readonly column: number } {
  const lines = text.split("\n");
  const length = lines[line - 1]?.length;
  if (length === undefined) {
    throw new LmError("badArgument", `${path} has ${counted(lines.length, "line")}; line ${line} was asked for.`);
  }
  if (column !== null && column > length + 1) {
    throw new LmError(
      "badArgument",
      `Line ${line} of ${path} ends at column ${length + 1}; ${column} was asked for. Name one up to that, or leave it out.`,
    );
  }
  return { line: line - 1, column: column === null ? length : column - 1 };
}
