import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { LmError } from "../base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { decodeText } from "../corpus/decodeText.ts";
import { connectToWorker } from "../node/workerPort.ts";
import type {
  CompletionAnswer,
  CompletionQuery,
  CountTotals,
  PredictorRequests,
} from "../protocol/predictorMessages.ts";
import { createClient, type RequestClient } from "../protocol/requestChannel.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";

export interface LatencyBenchArguments {
  /** Null: counts alone answer. */
  readonly model: string | null;
  readonly file: string;
  /** Line at which typing begins, counted from 0. */
  readonly line: number;
  readonly keyCount: number;
  /** A folder that is trained on meanwhile, into `scratch`; null: nothing runs beside it. */
  readonly trainFolder: string | null;
  readonly scratch: string | null;
  /** A folder that is counted, before typing or while it goes on; null: nothing is. */
  readonly countFolder: string | null;
  readonly countWhen: "before" | "meanwhile";
}

/** Milliseconds from asking the predictor's thread to its answer, over all keys that were typed. */
export interface LatencyBenchResult {
  readonly keys: number;
  readonly whileTraining: boolean;
  /** What was counted; null where nothing was. */
  readonly counts: (CountTotals & { readonly seconds: number; readonly firstAnswerMs: number }) | null;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly largest: number;
  /** The first request in a document of 5,000 lines that nobody announced. */
  readonly firstIn5000Lines: number;
  /** Keys at which something was suggested. */
  readonly suggested: number;
  /** Keys at which the answer was that the context was not read yet. */
  readonly warmingUp: number;
}

/** What VS Code leaves an answer before it is felt; see the extension's query. */
const BUDGET_MS = 45;
/** A quick typist: 120 words a minute. */
const KEY_INTERVAL_MS = 100;
const TRAINING_WARM_UP_MS = 8_000;
/** How long to wait before asking again whether anything answers yet. */
const ASK_AGAIN_MS = 10;

/** Types lines of a file through the predictor's own thread, as the editor does, and measures every answer. */
export async function runLatencyBench(given: LatencyBenchArguments, context: CommandContext): Promise<ExitCode> {
  const lines = await readLines(given, context);
  const worker = new Worker(join(import.meta.dirname, "predictor.cjs"));
  const client = createClient<PredictorRequests>(connectToWorker(worker, "The predictor"));
  const training = startTraining(given, context);
  try {
    if (given.model !== null) {
      await client.request("load", { directory: context.resolvePath(given.model) });
    }
    await delay(training === null ? 0 : TRAINING_WARM_UP_MS);
    const counting = startCounting({ lines, given, client }, context);
    if (given.countWhen === "before") {
      await counting;
    }
    const first = await firstInLongDocument(lines, client, context);
    const typed = await typeLines({ lines, given, client }, context);
    const result = { ...summarize(typed, { first, isTraining: training !== null }), counts: await counting };
    context.terminal.result(result, describe(result));
    return 0;
  } finally {
    training?.stop();
    client.dispose();
    await worker.terminate();
    await training?.ended;
  }
}

async function readLines({ file }: LatencyBenchArguments, { files, resolvePath }: CommandContext): Promise<string[]> {
  const decoded = decodeText(await files.readFile(resolvePath(file)));
  if (decoded.kind === "binary") {
    throw new LmError("fileUnreadable", `${file} is not a text file; name a text to type.`);
  }
  return decoded.text.split("\n");
}

/** Counts a folder as the editor does, with the file that is typed open in it, and measures from when on something answers. */
async function startCounting(
  { lines, given, client }: TypingCall,
  context: CommandContext,
): Promise<LatencyBenchResult["counts"]> {
  if (given.countFolder === null) {
    return null;
  }
  const { clock, resolvePath } = context;
  const beganMs = clock.nowMs();
  const folder = resolvePath(given.countFolder);
  const document = resolvePath(given.file);
  const counted = client.request("count", {
    folders: [{ path: folder, name: "workspace" }],
    corpus: DEFAULT_CORPUS_SETTINGS,
    first: [document],
    storage: null,
  });
  // Its failure is told where it is awaited; until then it is not unhandled.
  counted.catch(() => undefined);
  let firstAnswerMs = Infinity;
  const query = queryAt(document, lines, { line: given.line, column: 0 });
  const isOver = counted.then(
    () => true,
    () => true,
  );
  while (firstAnswerMs === Infinity) {
    const { answer } = await ask(query, client, context);
    if (answer.silence !== "noModel") {
      firstAnswerMs = clock.nowMs() - beganMs;
    } else if (await Promise.race([isOver, delay(ASK_AGAIN_MS, false)])) {
      break;
    }
  }
  const totals = await counted;
  return { ...totals, firstAnswerMs, seconds: (clock.nowMs() - beganMs) / 1000 };
}

interface Training {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

function startTraining({ trainFolder, scratch }: LatencyBenchArguments, context: CommandContext): Training | null {
  if (trainFolder === null || scratch === null) {
    return null;
  }
  const controller = new AbortController();
  const options = {
    budgetSeconds: 3600,
    epochs: null,
    tokenizer: "bpe",
    vocabularySize: null,
    hiddenSize: null,
  } as const;
  const ended = context.engine.request(
    "train",
    {
      folders: [{ path: context.resolvePath(trainFolder), name: "workspace" }],
      unsaved: [],
      corpus: DEFAULT_CORPUS_SETTINGS,
      out: context.resolvePath(scratch),
      options: { ...options, layerCount: null, backend: "auto", seed: 1, isResume: false },
    },
    { signal: controller.signal },
  );
  // Its failure is told where it is awaited, at the end; until then it is not unhandled.
  ended.catch(() => undefined);
  return {
    stop: () => {
      controller.abort();
    },
    ended,
  };
}

function queryAt(
  document: string,
  lines: readonly string[],
  { line, column }: CompletionQuery["position"],
): CompletionQuery {
  return {
    document,
    before: [...lines.slice(0, line), (lines[line] ?? "").slice(0, column)].join("\n"),
    isFromStart: true,
    after: `\n${lines.slice(line + 1, line + 4).join("\n")}`,
    position: { line, column },
    selectedCompletion: null,
    trigger: "automatic",
    budgetMs: BUDGET_MS,
  };
}

interface Answer {
  readonly answer: CompletionAnswer;
  readonly ms: number;
}

async function ask(
  query: CompletionQuery,
  client: RequestClient<PredictorRequests>,
  { clock }: CommandContext,
): Promise<Answer> {
  const beganMs = clock.nowMs();
  const answer = await client.request("complete", query);
  return { answer, ms: clock.nowMs() - beganMs };
}

async function firstInLongDocument(
  lines: readonly string[],
  client: RequestClient<PredictorRequests>,
  context: CommandContext,
): Promise<number> {
  const long = Array.from({ length: 5000 }, (_, line) => lines[line % lines.length] ?? "");
  const { ms } = await ask(queryAt("long", long, { line: 4990, column: 2 }), client, context);
  await client.request("close", { document: "long" });
  return ms;
}

interface TypingCall {
  readonly lines: readonly string[];
  readonly given: LatencyBenchArguments;
  readonly client: RequestClient<PredictorRequests>;
}

async function typeLines({ lines, given, client }: TypingCall, context: CommandContext): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const document = context.resolvePath(given.file);
  const opened = queryAt(document, lines, { line: given.line, column: 0 });
  await client.request("prepare", { document, before: opened.before, isFromStart: true });
  for (let line = given.line; line < lines.length && answers.length < given.keyCount; line++) {
    const full = lines[line] ?? "";
    for (let column = 1; column <= full.length && answers.length < given.keyCount; column++) {
      if (context.signal.aborted) {
        throw new LmError("cancelled", "The measurement was cancelled.");
      }
      // The editor tells the text after each key; what stands below the caret is not there yet.
      const text = [...lines.slice(0, line), full.slice(0, column)].join("\n");
      const updated = client.request("update", { document, text });
      answers.push(await ask(queryAt(document, lines, { line, column }), client, context));
      await Promise.all([updated, delay(KEY_INTERVAL_MS)]);
    }
  }
  if (answers.length === 0) {
    throw new LmError("badArgument", `There is nothing to type from line ${given.line} on; name an earlier line.`);
  }
  return answers;
}

function summarize(
  typed: readonly Answer[],
  { first, isTraining }: { readonly first: number; readonly isTraining: boolean },
): Omit<LatencyBenchResult, "counts"> {
  const sorted = typed.map(({ ms }) => ms).sort((a, b) => a - b);
  const quantile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    keys: typed.length,
    whileTraining: isTraining,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    largest: quantile(1),
    firstIn5000Lines: first,
    suggested: typed.filter(({ answer }) => answer.suggestions.length > 0).length,
    warmingUp: typed.filter(({ answer }) => answer.silence === "warmingUp").length,
  };
}

function describe(result: LatencyBenchResult): string {
  const { keys, p50, p95, p99, largest, firstIn5000Lines, suggested, warmingUp, whileTraining, counts } = result;
  const counted =
    counts === null
      ? []
      : [
          `${counts.fileCount} files counted in ${counts.seconds.toFixed(1)} s (${(counts.textBytes / 1e6 / counts.seconds).toFixed(1)} MB/s); first answer after ${counts.firstAnswerMs.toFixed(0)} ms`,
        ];
  return [
    ...counted,
    `${keys} keys${whileTraining ? " while a model was trained" : ""}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, largest ${largest.toFixed(1)} ms`,
    `first request in 5,000 lines: ${firstIn5000Lines.toFixed(1)} ms`,
    `something suggested at ${suggested} keys; still reading at ${warmingUp}`,
  ].join("\n");
}
