import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LmError } from "../base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { decodeText } from "../corpus/decodeText.ts";
import type { Predictor } from "../predictor/predictor.ts";
import { buildCompletionQuery } from "../protocol/completionQuery.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { openPredictor } from "./modelSession.ts";

export interface MemoryBenchArguments {
  /** Null: counts alone answer. */
  readonly model: string | null;
  /** Null: the network alone answers. */
  readonly countFolder: string | null;
  readonly file: string;
  readonly requestCount: number;
}

/** Memory after so many requests, garbage collected; MB of 10⁶ bytes. */
export interface MemoryPoint {
  readonly requests: number;
  /** What JavaScript holds: objects, and arrays outside the heap, the index and the weights among them. */
  readonly heldMB: number;
  /** What V8 keeps for its heap, garbage and room to grow included. */
  readonly heapMB: number;
  /** Of the whole process, this command and Node included. */
  readonly residentMB: number;
}

export interface MemoryBenchResult {
  readonly requests: number;
  readonly suggested: number;
  /** Before the model was loaded and the folder counted, at the start of typing, and at every tenth of it. */
  readonly empty: MemoryPoint;
  readonly points: readonly MemoryPoint[];
  /** From the middle to the end, a request. */
  readonly growthBytes: number;
}

const POINTS = 10;

/** What the editor leaves the predictor; see the extension's inline provider. */
const BUDGET_MS = 40;

/** Types a file again and again, as quickly as answers come, and measures what memory is held meanwhile. */
export async function runMemoryBench(given: MemoryBenchArguments, context: CommandContext): Promise<ExitCode> {
  const lines = await readLines(given.file, context);
  const collectGarbage = garbageCollector();
  const measure = async (requests: number): Promise<MemoryPoint> => {
    await new Promise((resolve) => setImmediate(resolve));
    // The second ends the sweep that the first began.
    collectGarbage();
    collectGarbage();
    const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
    return {
      requests,
      heldMB: (heapUsed + external) / 1e6,
      heapMB: heapTotal / 1e6,
      residentMB: rss / 1e6,
    };
  };
  const empty = await measure(0);
  const predictor = openPredictor(context);
  try {
    await fill(predictor, given, context);
    const points = [await measure(0)];
    const typist = new Typist(predictor, lines, context);
    for (let point = 1; point <= POINTS; point++) {
      // A document that is open takes memory by its length, so all points are behind one that was closed.
      await typist.typeUntil(Math.round((given.requestCount * point) / POINTS));
      points.push(await measure(typist.requestCount));
    }
    const result = resultOf({ empty, points, suggested: typist.suggestedCount });
    context.terminal.result(result, describe(result));
    return 0;
  } finally {
    predictor.dispose();
  }
}

/** Node offers its collector by a flag only, which may be set while it runs. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

async function readLines(file: string, { files, resolvePath }: CommandContext): Promise<readonly string[]> {
  const decoded = decodeText(await files.readFile(resolvePath(file)));
  if (decoded.kind === "binary" || decoded.text.trim() === "") {
    throw new LmError("fileUnreadable", `${file} holds no text; name a text to type.`);
  }
  return decoded.text.split("\n");
}

async function fill(
  predictor: Predictor,
  { model, countFolder }: MemoryBenchArguments,
  { resolvePath, signal }: CommandContext,
): Promise<void> {
  if (model !== null) {
    await predictor.load(resolvePath(model));
  }
  if (countFolder !== null) {
    await predictor.count(
      {
        folders: [{ path: resolvePath(countFolder), name: "workspace" }],
        corpus: DEFAULT_CORPUS_SETTINGS,
        first: [],
        storage: null,
      },
      { signal, emit: () => undefined },
    );
  }
}

/** Types the lines again and again, each time into a document of its own and with another first line, so that no context comes back. */
class Typist {
  readonly #predictor: Predictor;
  readonly #lines: readonly string[];
  readonly #context: CommandContext;
  #passCount = 0;
  public requestCount = 0;
  public suggestedCount = 0;

  public constructor(predictor: Predictor, lines: readonly string[], context: CommandContext) {
    this.#predictor = predictor;
    this.#lines = lines;
    this.#context = context;
  }

  /** Types the file until so many requests were answered in all, and then to its end. */
  public async typeUntil(requestCount: number): Promise<void> {
    while (this.requestCount < requestCount) {
      await this.#typeOnce(this.#passCount++);
      this.#context.terminal.live(`${this.requestCount} requests`);
    }
  }

  async #typeOnce(pass: number): Promise<void> {
    const document = `untitled:pass${pass}`;
    const lines = [`pass ${pass} of ${this.#lines.length} lines`];
    for (const full of this.#lines) {
      lines.push("");
      for (let column = 1; column <= full.length; column++) {
        lines[lines.length - 1] = full.slice(0, column);
        await this.#ask(document, lines);
        if (this.#context.signal.aborted) {
          throw new LmError("cancelled", "The measurement was cancelled.");
        }
      }
      await this.#predictor.update({ document, text: lines.join("\n") });
    }
    this.#predictor.close(document);
  }

  async #ask(document: string, lines: readonly string[]): Promise<void> {
    const position = { line: lines.length - 1, column: lines.at(-1)?.length ?? 0 };
    const query = buildCompletionQuery(
      { lineCount: lines.length, lineText: (line) => lines[line] ?? "" },
      { document, position, selectedCompletion: null, trigger: "automatic", budgetMs: BUDGET_MS },
    );
    this.requestCount++;
    if (query !== undefined) {
      const { suggestions } = await this.#predictor.complete(query, this.#context.signal);
      this.suggestedCount += suggestions.length > 0 ? 1 : 0;
    }
  }
}

function resultOf({
  empty,
  points,
  suggested,
}: Pick<MemoryBenchResult, "empty" | "points" | "suggested">): MemoryBenchResult {
  const middle = points[POINTS / 2];
  const last = points.at(-1);
  if (middle === undefined || last === undefined) {
    throw new RangeError(`Expected ${POINTS + 1} points, got ${points.length}`);
  }
  const requests = last.requests;
  const growthBytes = ((last.heldMB - middle.heldMB) * 1e6) / (last.requests - middle.requests);
  return { requests, suggested, empty, points, growthBytes };
}

function describe({ empty, points, growthBytes, suggested }: MemoryBenchResult): string {
  const line = ({ requests, heldMB, heapMB, residentMB }: MemoryPoint): string =>
    `${String(requests).padStart(8)} requests: ${heldMB.toFixed(1)} MB held, heap of ${heapMB.toFixed(1)} MB, ${residentMB.toFixed(1)} MB resident`;
  return [
    `before loading:   ${empty.heldMB.toFixed(1)} MB held, ${empty.residentMB.toFixed(1)} MB resident`,
    ...points.map(line),
    `${growthBytes.toFixed(1)} bytes held more for each request of the second half; something suggested at ${suggested}`,
  ].join("\n");
}
