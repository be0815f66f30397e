import { basename } from "node:path";
import { LmError } from "../base/errors.ts";
import { readableCount, readableFigure, readableSeconds } from "../base/readableNumbers.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { decodeText } from "../corpus/decodeText.ts";
import type { LabelFigures } from "../evaluation/labelFigures.ts";
import type {
  ApplyLabellerJob,
  EvaluateLabellerResult,
  LabelEvent,
  LabelOptions,
  LabelTask,
  LanguagesResult,
  TrainLabellerJob,
  TrainLabellerResult,
} from "../protocol/labelMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { pauseText, requestTraining } from "./trainPause.ts";

/** Trains a tagger or a classifier from a file. */
export async function runLabelTrain(given: TrainLabellerJob, context: CommandContext): Promise<ExitCode> {
  const { terminal, resolvePath } = context;
  const { path, valid, out } = given;
  const job = {
    ...given,
    path: resolvePath(path),
    valid: valid === null ? null : resolvePath(valid),
    out: resolvePath(out),
  };
  const result = await requestTraining("trainLabeller", job, { context, onEvent: showOn(context) });
  terminal.result(
    { type: "done", ...result },
    [describeTraining(result), describeFigures(result.validation, "validation"), `The model is in ${job.out}.`].join(
      "\n",
    ),
  );
  return 0;
}

export interface LabelEvaluateArguments {
  readonly task: LabelTask;
  readonly model: string;
  readonly path: string;
}

/** Says how well a tagger or a classifier does on a file with labels. */
export async function runLabelEvaluate(given: LabelEvaluateArguments, context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, resolvePath } = context;
  const job = { ...given, model: resolvePath(given.model), path: resolvePath(given.path) };
  const result = await engine.request("evaluateLabeller", job, { signal, onEvent: showOn(context) });
  terminal.result(result, describeEvaluation(result));
  return 0;
}

export interface LabelApplyArguments {
  readonly task: LabelTask;
  readonly model: string;
  /** `-` for standard input. */
  readonly paths: readonly string[];
  /** Whether each file is one text. */
  readonly isWhole: boolean;
}

/** Prints what has no labels with labels, and warns of what is empty. Throws `LmError` where all of it is. */
export async function runLabelApply(given: LabelApplyArguments, context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, resolvePath } = context;
  const { task, model, paths, isWhole } = given;
  if (isWhole && paths.includes("-")) {
    throw new LmError(
      "badArgument",
      "`-` cannot be read as one text; name files with --whole, or leave it out to label each line.",
    );
  }
  const sources: readonly ApplyLabellerJob["source"][] = isWhole
    ? [{ kind: "documents", paths: paths.map(resolvePath) }]
    : await Promise.all(paths.map((path) => sourceOf(path, context)));
  const empty: string[] = [];
  let labelledCount = 0;
  for (const source of sources) {
    const job = { task, model: resolvePath(model), source };
    const result = await engine.request("applyLabeller", job, { signal, onEvent: showOn(context) });
    const { groups } = result;
    empty.push(...result.empty);
    labelledCount += groups.flat().filter(({ label }) => label !== null).length;
    for (const group of groups) {
      if (task === "tag") {
        const tokens = group.map(({ text, label, probability }) => ({ token: text, label, probability }));
        terminal.result({ tokens }, `${tokens.map(({ token, label }) => `${token}\t${label ?? ""}`).join("\n")}\n`);
      } else {
        group.forEach((item) => {
          terminal.result(item, `${item.label ?? ""}\t${item.text}`);
        });
      }
    }
  }
  if (labelledCount === 0) {
    const pronoun = empty.length === 1 ? "it is" : "they are";
    throw new LmError("badArgument", `There is nothing to label in ${empty.join(", ")}; ${pronoun} empty.`);
  }
  if (empty.length > 0) {
    terminal.note(`Warning: there is nothing to label in ${empty.join(", ")}, so that has no label.`);
  }
  return 0;
}

export interface LanguagesArguments {
  readonly folder: string;
  readonly out: string | null;
  readonly options: LabelOptions;
}

/** Trains what tells the languages of a folder's files, and says how well it does. */
export async function runLanguages(given: LanguagesArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal, resolvePath } = context;
  const path = resolvePath(given.folder);
  const job = {
    folders: [{ path, name: basename(path) || "root" }],
    corpus: DEFAULT_CORPUS_SETTINGS,
    out: given.out === null ? null : resolvePath(given.out),
    options: given.options,
  };
  const result = await requestTraining("languages", job, { context, onEvent: showOn(context) });
  terminal.result({ type: "done", ...result }, describeLanguages(result));
  return 0;
}

async function sourceOf(path: string, { readInput, resolvePath }: CommandContext): Promise<ApplyLabellerJob["source"]> {
  if (path !== "-") {
    return { kind: "file", path: resolvePath(path) };
  }
  const decoded = decodeText(await readInput());
  if (decoded.kind === "binary") {
    throw new LmError("fileUnreadable", "What comes on standard input is not text; give text.");
  }
  return { kind: "text", text: decoded.text };
}

/** A small text has many looks in a second, more than anybody reads. */
const LEAST_NOTE_SECONDS = 1;

function showOn({ terminal }: CommandContext): (event: LabelEvent) => void {
  let shownSeconds = Number.NEGATIVE_INFINITY;
  return (event) => {
    terminal.event(event);
    switch (event.type) {
      case "notice":
        terminal.note(event.message);
        return;
      case "pause":
        terminal.note(pauseText(event));
        return;
      case "labelText":
        terminal.note(
          `${readableCount(event.trainingTexts)} texts with ${readableCount(event.trainingUnits)} units to learn ${event.labelCount} labels from, ` +
            `${readableCount(event.validationTexts)} to choose by; ${readableCount(event.parameters)} parameters`,
        );
        return;
      case "labelProgress":
        terminal.live(
          `${percent(event.fraction)}, ${readableFigure(event.trainingNats)} nats a label, ${readableCount(event.unitsPerSecond)} units/s`,
        );
        return;
      case "labelPoint":
        if (event.elapsedSeconds - shownSeconds < LEAST_NOTE_SECONDS) {
          return;
        }
        shownSeconds = event.elapsedSeconds;
        terminal.note(
          `after ${event.elapsedSeconds.toFixed(1)} s and ${event.passes.toFixed(2)} passes: training ${readableFigure(event.trainingNats)} nats a label, ` +
            `validation ${readableFigure(event.nats)}, ${percent(event.accuracy)} right (${readableCount(event.unitsPerSecond)} units/s)`,
        );
    }
  };
}

const ENDS: Readonly<Record<TrainLabellerResult["stopped"], string>> = {
  budget: "the time is over",
  epochs: "all passes are done",
  converged: "nothing got better any more",
  nonFinite: "the loss exploded; the best weights before that are kept",
  cancelled: "it was cancelled; the best weights so far are kept",
};

function describeTraining({
  stopped,
  seconds,
  passes,
  parameters,
  unitsPerSecond,
  backend,
  device,
}: TrainLabellerResult): string {
  return (
    `Trained ${readableCount(parameters)} parameters in ${readableSeconds(seconds)} and ${passes.toFixed(1)} passes ` +
    `(${readableCount(unitsPerSecond)} units/s, ${backend} on the ${device}): ${ENDS[stopped]}.`
  );
}

function describeFigures({ count, right, accuracy, macroF1 }: LabelFigures, name: string): string {
  return `${name}: ${percent(accuracy)} right (${readableCount(right)} of ${readableCount(count)}), macro F1 ${macroF1.toFixed(3)}`;
}

function describeEvaluation(result: EvaluateLabellerResult): string {
  const { unknownTokens } = result;
  const unknown =
    unknownTokens === null || unknownTokens.count === 0
      ? []
      : [
          `tokens not known from training: ${percent(unknownTokens.right / unknownTokens.count)} right of ${readableCount(unknownTokens.count)}`,
        ];
  return [describeFigures(result, "all"), ...unknown, ...scoreLines(result), ...confusionLines(result)].join("\n");
}

function describeLanguages(result: LanguagesResult): string {
  const { test, testStretches, stretchUnits, unnamed, model } = result;
  return [
    describeTraining(result),
    describeFigures(test, "held-out files"),
    describeFigures(testStretches, `their stretches of ${stretchUnits} units`),
    ...scoreLines(test),
    ...confusionLines(test),
    ...(unnamed.length === 0 ? [] : ["", "Files without an ending:"]),
    ...unnamed.map(
      ({ text, label, probability }) => `${label.padEnd(10)} ${percent(probability).padStart(7)}  ${text}`,
    ),
    ...(model === null ? [] : [`The model is in ${model}.`]),
  ].join("\n");
}

function scoreLines({ labels }: LabelFigures): readonly string[] {
  const rows = labels.map(
    ({ label, support, precision, recall, f1 }) =>
      `${label.padEnd(16)} ${readableCount(support).padStart(8)} ${precision.toFixed(3).padStart(10)} ${recall.toFixed(3).padStart(7)} ${f1.toFixed(3).padStart(6)}`,
  );
  return ["", "label               count  precision  recall     F1", ...rows];
}

/** Most that is shown of what was taken for what. */
const CONFUSIONS = 12;

function confusionLines({ confusion }: LabelFigures): readonly string[] {
  const wrong = confusion.filter(({ label, predicted }) => label !== predicted).slice(0, CONFUSIONS);
  return wrong.length === 0
    ? []
    : [
        "",
        "mistaken:",
        ...wrong.map(({ label, predicted, count }) => `${readableCount(count).padStart(6)}  ${label} for ${predicted}`),
      ];
}

/** Labels are told apart in tenths of a per cent. */
function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
