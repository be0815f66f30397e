import { basename } from "node:path";
import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import {
  type CompareEvent,
  type CompareFailure,
  type CompareJob,
  type CompareRow,
  type CompareTokenizer,
  type ModelSettings,
  samplesOf,
} from "../protocol/compareMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { type ComparedCurve, compareReport } from "./compareReport.ts";
import { type ComparisonConfig, endOf, readComparisonConfig } from "./comparisonConfig.ts";
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
  const config = await readComparisonConfig(given.config, context);
  return {
    source: sourceOf(given, context),
    tokenizer: given.tokenizer ?? config.tokenizer ?? "bpe",
    vocabularySize: given.vocabularySize ?? config.vocabularySize ?? null,
    hasBoundaries: config.boundaries ?? true,
    models: given.models ?? config.models ?? DEFAULT_MODELS,
    settings: settingsOf(given.models, config),
    ...endOf(given, { config, defaultSeconds: DEFAULT_BUDGET_SECONDS }),
    backend: given.backend,
    seed: given.seed ?? config.seed ?? 1,
  };
}

/** The configuration's; of models that it names and the command line leaves out, none. */
function settingsOf(
  models: readonly string[] | null,
  { models: configured = [], settings = {} }: ComparisonConfig,
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
