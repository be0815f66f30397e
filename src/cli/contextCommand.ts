import { counted } from "../base/readableNumbers.ts";
import { LmError } from "../base/errors.ts";
import { isFamilyDirectory } from "../checkpoints/familyStore.ts";
import type { ExplainFamilyResult } from "../protocol/familyMessages.ts";
import type { CompletionQuery, Explanation, TextPosition } from "../protocol/predictorMessages.ts";
import { bitsOf } from "../protocol/surpriseWords.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { buildQuery, countFolder, readText } from "./completeCommand.ts";
import { type Expectation, expectationTable } from "./expectationTable.ts";
import { openPredictor } from "./modelSession.ts";

export interface ContextArguments {
  /** `FILE:LINE` or `FILE:LINE:COLUMN`, counted from 1. */
  readonly place: string;
  /** Directories, one at least, in the order in which they are shown. */
  readonly models: readonly string[];
  /** Folder whose files are counted; null: none. */
  readonly countFolder: string | null;
  /** Tokens to list. */
  readonly count: number;
}

/** What models expect at a place in a file: as the editor's "Why this suggestion?" has it, and what only the engine can run by itself. */
export async function runContext(given: ContextArguments, context: CommandContext): Promise<ExitCode> {
  const { files, terminal, resolvePath } = context;
  const { file, line, column } = parsePlace(given.place);
  const path = resolvePath(file);
  const text = await readText(path, files);
  const position = positionOf({ path, text, line, column });
  const query = buildQuery({ path, text, position });
  const asked: AskedPlace = { path, text, query, count: given.count };
  const models = await Promise.all(
    given.models.map(async (name) => {
      const directory = resolvePath(name);
      return { name, directory, isFamily: await isFamilyDirectory(directory, files) };
    }),
  );
  const counting = given.countFolder === null ? null : resolvePath(given.countFolder);
  if (counting !== null && models.every(({ isFamily }) => isFamily)) {
    throw new LmError(
      "badArgument",
      "A folder is counted beside lstm, gru and rnn, which the predictor runs; leave --folder out, or name such a model too.",
    );
  }
  const expectations: Expectation[] = [];
  for (const { name, directory, isFamily } of models) {
    const explanation = isFamily
      ? await askEngine(directory, asked, context)
      : await askPredictor(directory, { ...asked, countFolder: counting }, context);
    expectations.push({ model: name, explanation });
  }
  if (terminal.isJson) {
    const place = { file: path, line: position.line + 1, column: position.column + 1 };
    expectations.forEach(({ model, explanation }) => {
      const { comes } = explanation;
      terminal.event({
        model,
        ...place,
        ...explanation,
        comes: comes === null ? null : { ...comes, bits: bitsOf(comes) },
      });
    });
  } else {
    terminal.text(`${expectationTable(expectations)}\n`);
  }
  return 0;
}

interface AskedPlace {
  readonly path: string;
  readonly text: string;
  /** The place is its position, from 0. */
  readonly query: CompletionQuery;
  /** Most tokens to list. */
  readonly count: number;
}

/** Of a model that suggests, with its counts and what the document says itself. */
async function askPredictor(
  directory: string,
  { path, text, query, count, countFolder: counted }: AskedPlace & { readonly countFolder: string | null },
  context: CommandContext,
): Promise<Explanation> {
  const { document, before, isFromStart, position } = query;
  const { after } = splitAt(text, position);
  const predictor = openPredictor(context);
  try {
    await predictor.load(directory);
    if (counted !== null) {
      await countFolder(predictor, counted, context);
      await predictor.update({ document: path, text });
    }
    const explanation = await predictor.explain({ document, before, isFromStart, after, count }, context.signal);
    if (explanation === null) {
      throw new LmError("cancelled", "The question was cancelled.");
    }
    return explanation;
  } finally {
    predictor.dispose();
  }
}

/** Of a network that only the engine can run. */
function askEngine(
  model: string,
  { text, query, count }: AskedPlace,
  { engine, signal }: CommandContext,
): Promise<ExplainFamilyResult> {
  return engine.request("explainFamily", { model, ...splitAt(text, query.position), count }, { signal });
}

function splitAt(text: string, { line, column }: TextPosition): { readonly before: string; readonly after: string } {
  const above = text.split("\n").slice(0, line);
  const offset = above.reduce((sum, { length }) => sum + length + 1, column);
  return { before: text.slice(0, offset), after: text.slice(offset) };
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
function positionOf({ path, text, line, column }: FilePlace): TextPosition {
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
