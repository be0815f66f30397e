import {
  counted,
  readableBytes,
  readableCount,
  readableFigure,
  readablePerplexity,
  readableSeconds,
  readableShare,
  readableShortCount,
} from "../base/readableNumbers.ts";
import {
  bitsPerByteOf,
  keptEvaluation,
  measurementOf,
  perplexityOf,
  runSeconds,
  type InklingStatus,
  type RunHistory,
} from "../protocol/dashboardMessages.ts";
import type { BackendDescription } from "../protocol/backendDescription.ts";
import { type GpuAnswer, gpuSummaryRows } from "../protocol/gpuUsage.ts";
import { backendSummary, measuredExtent, modelSummary, reasonsText, secretSummary } from "../protocol/statusWords.ts";

/** Facts that only the extension host knows. */
export interface ReportPlaces {
  readonly modelDirectory: string | undefined;
  /** Where TensorFlow is looked for and installed, for all workspaces. */
  readonly cacheDirectory: string;
  readonly inklingVersion: string;
  readonly editorVersion: string;
  readonly nodeVersion: string;
}

/** A report on the model of the workspace, in language `inkling-report`. */
export function modelReport(status: InklingStatus, history: RunHistory, places: ReportPlaces): string {
  return joinSections("Inkling report", [
    { title: "Model", lines: modelLines(status, history) },
    { title: "Perplexity", lines: perplexityLines(history) },
    { title: "Run", lines: runLines(history) },
    { title: "Corpus", lines: corpusLines(status) },
    { title: "Suggestions", lines: suggestionLines(status) },
    { title: "Backend", lines: backendLines(status.backend) },
    { title: "Places", lines: placeLines(places) },
  ]);
}

/** What there is to train with, and how the GPUs are. */
export interface FoundMachine {
  readonly backend: BackendDescription;
  readonly gpus: GpuAnswer;
}

/** What Inkling found on this machine, in language `inkling-report`. */
export function doctorReport(found: FoundMachine, places: ReportPlaces): string {
  return joinSections("Inkling doctor", [
    { title: "Backend", lines: backendLines(found.backend) },
    { title: "GPU", lines: gpuLines(found) },
    { title: "Places", lines: placeLines(places) },
  ]);
}

export interface SampleFacts {
  readonly status: InklingStatus;
  readonly prompt: string;
  readonly temperature: number;
  readonly lengthTokens: number;
  readonly seed: number;
}

/** The head of a sample in language `inkling-sample`; the text that the model wrote comes after it. */
export function sampleHead({ status, prompt, temperature, lengthTokens, seed }: SampleFacts): string {
  const { model, validation, corpus } = status;
  const measured = model === null || validation === null ? null : measurementOf(model, [validation]);
  const extent = measured === null ? "" : `, ${measuredExtent(measured, corpus)}`;
  const lines = [
    "# Inkling sample",
    ...(model === null
      ? []
      : [`model: ${modelSummary(model)}`, `perplexity: ${readablePerplexity(model.perplexity)}${extent}`]),
    `prompt: ${JSON.stringify(prompt)}`,
    `temperature: ${temperature}`,
    `length: ${lengthTokens} tokens`,
    `seed: ${seed}`,
    "---",
  ];
  return `${lines.join("\n")}\n`;
}

/** A titled part of a text in language `inkling-report`. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** A text in language `inkling-report`; sections without lines are left out. */
export function joinSections(title: string, sections: readonly Section[]): string {
  const filled = sections.filter(({ lines }) => lines.length > 0);
  return (
    [`# ${title}`, ...filled.map((section) => `## ${section.title}\n${section.lines.join("\n")}`)].join("\n\n") + "\n"
  );
}

function modelLines({ model, corpus }: InklingStatus, { evaluations }: RunHistory): readonly string[] {
  if (model === null) {
    return ["> There is no model of this workspace yet: run the command Train LM on workspace."];
  }
  const measured = measurementOf(model, evaluations);
  const extent = measured === null ? "" : `, ${measuredExtent(measured, corpus)}`;
  const bytes = measured === null ? "" : ` over ${readableBytes(measured.bytes)}`;
  return [
    `network: ${modelSummary(model)}`,
    ...(corpus === null ? [] : [`parameters: ${readableShortCount(corpus.parameterCount)}`]),
    `kept at step: ${readableCount(model.step)}`,
    `validation perplexity: ${readablePerplexity(model.perplexity)}${extent}`,
    `bits per byte: ${readableFigure(model.bitsPerByte)}${bytes}`,
  ];
}

/** Curves of nats, which are perplexities on a log scale. */
function perplexityLines({ progress, evaluations, corpus }: RunHistory): readonly string[] {
  const lines: string[] = [];
  const training = progress.map(({ lossNats }) => lossNats);
  const first = progress[0];
  const last = progress.at(-1);
  if (first !== undefined && last !== undefined) {
    lines.push(
      `training: ${sparkline(training)} ${readablePerplexity(Math.exp(first.lossNats))} to ${readablePerplexity(Math.exp(last.lossNats))}`,
    );
  }
  // The final one is over other text.
  const looks = evaluations.filter(({ isFinal }) => isFinal !== true);
  const firstMeasured = looks[0];
  const lastMeasured = looks.at(-1);
  if (firstMeasured !== undefined && lastMeasured !== undefined) {
    const nats = looks.map((point) => point.nats / point.tokens);
    lines.push(
      `validation: ${sparkline(nats)} ${readablePerplexity(perplexityOf(firstMeasured))} to ${readablePerplexity(perplexityOf(lastMeasured))}`,
    );
  }
  const kept = keptEvaluation(evaluations);
  for (const point of evaluations.slice(-12)) {
    const note = point === kept && point.isFinal !== true ? ", kept" : "";
    lines.push(
      `- at ${readableSeconds(point.elapsedSeconds)}: ${readablePerplexity(perplexityOf(point))}, ${readableFigure(
        bitsPerByteOf(point),
      )} bits per byte, ${measuredExtent(point, corpus)}${note}`,
    );
  }
  return lines.length === 0 ? lines : ["> Curves are on a log scale.", ...lines];
}

function runLines(history: RunHistory): readonly string[] {
  const { progress, stopped, startedEpochMs, clipNorm } = history;
  const last = progress.at(-1);
  if (last === undefined) {
    return [];
  }
  const stepCount = progress.reduce((sum, point) => sum + point.stepCount, 0);
  const clipped = progress.reduce((sum, point) => sum + point.clippedFraction * point.stepCount, 0) / stepCount;
  return [
    `started: ${new Date(startedEpochMs).toISOString()}`,
    `time: ${readableSeconds(runSeconds(history))}`,
    `steps: ${readableCount(last.step)}`,
    `tokens trained on: ${readableCount(last.tokens)} tokens`,
    `speed: ${readableCount(last.tokensPerSecond)} tokens/s`,
    `gradient norm: ${sparkline(progress.map(({ gradientNorm }) => Math.log(Math.max(gradientNorm, 1e-9))))} ${readableFigure(last.gradientNorm)} at the end`,
    `steps clipped: ${readableShare(clipped)}${clipNorm === null ? "" : ` at a norm of ${readableFigure(clipNorm)}`}`,
    `ended by: ${stopped ?? "unknown"}`,
  ];
}

function corpusLines({ corpus }: InklingStatus): readonly string[] {
  if (corpus === null) {
    return [];
  }
  return [
    `learnt from: ${counted(corpus.takenCount, "file")}, ${readableBytes(corpus.takenBytes)}`,
    `training: ${readableCount(corpus.trainingTokens)} tokens`,
    `held out: ${readableCount(corpus.validationTokens)} tokens`,
    `left out for secrets: ${secretSummary(corpus)}`,
    `duplicates: ${counted(corpus.duplicateCount, "file")}`,
    ...Object.entries(corpus.excludedCounts)
      .filter(([reason, count]) => count > 0 && !reason.startsWith("secret"))
      .map(([reason, count]) => `left out, ${EXCLUSION_WORDS[reason] ?? reason}: ${counted(count, "file")}`),
  ];
}

const EXCLUSION_WORDS: Readonly<Record<string, string>> = {
  tooLarge: "too large",
  corpusFull: "beyond the size limit",
};

function suggestionLines({ suggestions }: InklingStatus): readonly string[] {
  const { shown, accepted, acceptedCharacters } = suggestions;
  if (shown === 0) {
    return [];
  }
  return [
    `shown (inferred): ${readableCount(shown)}`,
    `accepted whole: ${readableCount(accepted)} (${readableShare(Math.min(1, accepted / shown))})`,
    `characters inserted: ${readableCount(acceptedCharacters)}`,
  ];
}

function backendLines(backend: BackendDescription | null): readonly string[] {
  if (backend === null) {
    return [];
  }
  return [
    `backend: ${backendSummary(backend)}`,
    ...(backend.tensorflow === null ? [] : [`TensorFlow: ${backend.tensorflow.path}`]),
    ...backend.reasons.map((reason) => `> ${reasonsText([reason])}`),
  ];
}

/** A reason that is given for the backend is not said again. */
function gpuLines({ backend, gpus }: FoundMachine): readonly string[] {
  switch (gpus.kind) {
    case "read":
      return gpuSummaryRows(gpus.gpus).map(([label, summary]) => `${label}: ${summary}`);
    case "absent":
      return [];
    case "failed":
      return backend.reasons.includes(gpus.reason) ? [] : [`> ${reasonsText([gpus.reason])}`];
  }
}

function placeLines(places: ReportPlaces): readonly string[] {
  const { modelDirectory, cacheDirectory, inklingVersion, editorVersion, nodeVersion } = places;
  return [
    ...(modelDirectory === undefined ? [] : [`model: ${modelDirectory}`]),
    `TensorFlow cache: ${cacheDirectory}`,
    `Inkling: ${inklingVersion}`,
    `editor: ${editorVersion}`,
    `Node: ${nodeVersion}`,
  ];
}

const SPARKLINE_WIDTH = 32;

/** A curve of block elements: its lowest value at the bottom, its highest at the top. */
export function sparkline(values: readonly number[], width = SPARKLINE_WIDTH): string {
  const columns = Array.from({ length: Math.min(width, values.length) }, (_, column) => {
    const from = Math.floor((column * values.length) / Math.min(width, values.length));
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / Math.min(width, values.length)));
    const part = values.slice(from, to);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const least = Math.min(...columns);
  const span = Math.max(...columns) - least;
  return columns
    .map((value) => "▁▂▃▄▅▆▇█".charAt(span > 0 ? Math.min(7, Math.floor((8 * (value - least)) / span)) : 0))
    .join("");
}
