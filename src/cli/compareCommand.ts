import { basename } from "node:path";
import { LmError } from "../base/errors.ts";
import { PlainValue, PlainValueError } from "../base/plainValue.ts";
import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import {
  COMPARE_TOKENIZERS,
  type CompareEvent,
  type CompareFailure,
  type CompareJob,
  type CompareRow,
  type CompareTokenizer,
  type ModelSettings,
  samplesOf,
} from "../protocol/compareMessages.ts";
import { readModelSettings } from "../protocol/compareValidators.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { type ComparedCurve, compareReport } from "./compareReport.ts";
import { openReport } from "./reportFile.ts";
import { pauseText, requestTraining } from "./trainPause.ts";

/** What differs from the configuration, and that from the defaults; null: not said. */
export interface CompareArguments {
  readonly folder: string | null;
  readonly files: { readonly train: string; readonly valid: string; readonly test: string } | null;
  readonly tokenizer: CompareTokenizer | null;
  readonly vocabularySize: number | null;
  readonly models: readonly string[] | null;
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly config: string | null;
  readonly seed: number | null;
  readonly backend: CompareJob["backend"];
  /** Path of the HTML to write. */
  readonly report: string | null;
}

const DEFAULT_MODELS = ["kn5", "window", "rnn", "gru", "lstm"] as const;
const DEFAULT_BUDGET_SECONDS = 60;

/** Compares models; prints a row for each as soon as it is there. What there is when it ends early is in the report. */
export async function runCompare(given: CompareArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const job = await createJob(given, context);
  const report = await openReport(given.report, context);
  const rows: CompareRow[] = [];
  const failures: CompareFailure[] = [];
  const curves = new Map<string, ComparedCurve["points"]>();
  try {
    await requestTraining("compare", job, {
      context,
      onEvent: (event) => {
        if (event.type === "comparePoint") {
          curves.set(event.model, [...(curves.get(event.model) ?? []), event.point]);
        } else if (event.type === "compareRow") {
          if (rows.length === 0) {
            terminal.note(HEADER);
          }
          rows.push(event.row);
        } else if (event.type === "compareFailure") {
          failures.push(event.failure);
        }
        show(event, context);
      },
    });
  } finally {
    if (rows.length > 0 || curves.size > 0) {
      const drawn = [...curves].map(([model, points]) => ({ model, points }));
      await report?.write(compareReport({ rows, failures, curves: drawn, modelCount: new Set(job.models).size }));
    }
  }
  if (!terminal.isJson) {
    samplesOf(rows).forEach(({ model, text }) => {
      terminal.text(`\n${model} writes:\n\n${text.replaceAll(/^/gmu, "    ")}\n`);
    });
  }
  return failures.length === 0 ? 0 : 1;
}

function show(event: CompareEvent, { terminal }: CommandContext): void {
  switch (event.type) {
    case "notice":
      terminal.note(event.message);
      return;
    case "pause":
      terminal.note(pauseText(event));
      return;
    case "compareText":
      terminal.note(
        `${readableCount(event.vocabularySize)} pieces; ${readableCount(event.trainingTokens)} tokens to learn from, ` +
          `${readableCount(event.validationTokens)} to choose by, ${readableCount(event.testTokens)} to score`,
      );
      return;
    case "compareProgress":
      terminal.live(
        `${event.model}  ${readableShare(event.fraction)}, training perplexity ${readablePerplexity(event.trainingPerplexity)}, ` +
          `${readableCount(Math.round(event.tokensPerSecond))} tokens/s`,
      );
      return;
    case "comparePoint":
      terminal.note(
        `${event.model}  after ${event.point.elapsedSeconds.toFixed(0)} s and ${event.point.passes.toFixed(2)} passes: ` +
          `training perplexity ${readablePerplexity(event.point.trainingPerplexity)}, validation ${readablePerplexity(event.point.validationPerplexity)} ` +
          `(rate ${event.point.learningRate.toPrecision(3)}, ${readableCount(Math.round(event.point.tokensPerSecond))} tokens/s)`,
      );
      return;
    case "compareFailure":
      terminal.event({ type: "failure", ...event.failure });
      terminal.note(`${event.failure.model} came to nothing: ${event.failure.message}`);
      return;
    case "compareRow":
      terminal.result(event.row, describeRow(event.row));
  }
}

const HEADER = "model                    parameters    seconds   tokens/s  perplexity  bits/byte  first guess right";

function describeRow(row: CompareRow): string {
  return [
    row.model.padEnd(22),
    readableCount(row.parameters).padStart(12),
    row.seconds.toFixed(1).padStart(10),
    readableCount(Math.round(row.tokensPerSecond)).padStart(10),
    readablePerplexity(row.perplexity).padStart(11),
    readableFigure(row.bitsPerByte).padStart(10),
    readableShare(row.top1).padStart(18),
  ].join(" ");
}

async function createJob(given: CompareArguments, context: CommandContext): Promise<CompareJob> {
  const config = given.config === null ? {} : await readConfig(context.resolvePath(given.config), context);
  const epochs = given.epochs ?? (given.budgetSeconds === null ? (config.epochs ?? null) : null);
  const budgetSeconds = given.budgetSeconds ?? (given.epochs === null ? (config.budgetSeconds ?? null) : null);
  return {
    source: sourceOf(given, context),
    tokenizer: given.tokenizer ?? config.tokenizer ?? "bpe",
    vocabularySize: given.vocabularySize ?? config.vocabularySize ?? null,
    hasBoundaries: config.boundaries ?? true,
    models: given.models ?? config.models ?? DEFAULT_MODELS,
    settings: settingsOf(given.models, config),
    budgetSeconds: epochs === null ? (budgetSeconds ?? DEFAULT_BUDGET_SECONDS) : budgetSeconds,
    epochs,
    backend: given.backend,
    seed: given.seed ?? config.seed ?? 1,
  };
}

/** The configuration's; of models that it names and the command line leaves out, none. */
function settingsOf(
  models: readonly string[] | null,
  { models: configured = [], settings = {} }: CompareConfig,
): Readonly<Record<string, ModelSettings>> {
  const networkOf = (model: string): string => model.split("+")[0] ?? model;
  const left = new Set(models === null ? [] : configured.map(networkOf));
  models?.forEach((model) => left.delete(networkOf(model)));
  return Object.fromEntries(Object.entries(settings).filter(([network]) => !left.has(network)));
}

function sourceOf({ folder, files }: CompareArguments, { resolvePath }: CommandContext): CompareJob["source"] {
  if (files !== null) {
    const { train, valid, test } = files;
    return { kind: "files", train: resolvePath(train), valid: resolvePath(valid), test: resolvePath(test) };
  }
  const path = resolvePath(folder ?? ".");
  return { kind: "folder", folders: [{ path, name: basename(path) || "root" }], corpus: DEFAULT_CORPUS_SETTINGS };
}

interface CompareConfig {
  readonly tokenizer?: CompareTokenizer;
  readonly vocabularySize?: number;
  readonly boundaries?: boolean;
  readonly models?: readonly string[];
  readonly budgetSeconds?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly settings?: Readonly<Record<string, ModelSettings>>;
}

/** What a configuration may say; `about` is for people. */
const READERS: Readonly<Record<string, (value: PlainValue) => unknown>> = {
  about: (value) => value.string(),
  tokenizer: (value) => value.oneOf(COMPARE_TOKENIZERS),
  vocabularySize: (value) => value.integer({ least: 4, most: 65_536 }),
  boundaries: (value) => value.boolean(),
  models: (value) => value.strings(),
  budgetSeconds: (value) => value.number(0),
  epochs: (value) => value.number(TRAIN_LIMITS.epochs.least),
  seed: (value) => value.integer(TRAIN_LIMITS.seed),
  settings: readModelSettings,
};

async function readConfig(path: string, { files }: CommandContext): Promise<CompareConfig> {
  const kind = (await files.stat(path))?.kind;
  if (kind !== "file") {
    const what = kind === undefined ? "does not exist" : "is not a file";
    throw new LmError("fileUnreadable", `The configuration ${path} ${what}; name a JSON file.`);
  }
  const text = new TextDecoder().decode(await files.readFile(path));
  try {
    const root = new PlainValue(JSON.parse(text), "configuration");
    const entries = Object.keys(root.object()).map((name) => {
      const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
      if (read === undefined) {
        throw root.mismatch(`an object with ${Object.keys(READERS).join(", ")} and nothing else (it has "${name}")`);
      }
      return [name, read(root.field(name))] as const;
    });
    return Object.fromEntries(entries);
  } catch (error) {
    if (error instanceof PlainValueError || error instanceof SyntaxError) {
      throw new LmError("badArgument", `The configuration ${path} cannot be used: ${error.message}.`, { cause: error });
    }
    throw error;
  }
}
