import {
  counted,
  readableBytes,
  readableCount,
  readableFigure,
  readablePerplexity,
  readableShare,
  readableShortCount,
} from "../base/readableNumbers.ts";
import {
  bitsPerByteOf,
  measurementOf,
  perplexityOf,
  type EvaluationPoint,
  type InklingStatus,
  type ProgressPoint,
} from "../protocol/dashboardMessages.ts";
import { gpuSummaryRows } from "../protocol/gpuUsage.ts";
import {
  backendSummary,
  corpusSummary,
  isEndingPhase,
  measuredExtent,
  modelSummary,
  PHASE_TEXTS,
  reasonsText,
} from "../protocol/statusWords.ts";

/** What the status bar shows. */
export interface StatusBarContent {
  readonly text: string;
  /** Markdown. */
  readonly tooltip: string;
  /** The text without icons, for screen readers. */
  readonly accessibleText: string;
  readonly severity: "normal" | "warning";
  readonly command: "inkling.trainWorkspace" | "inkling.showDashboard";
}

/** The status bar's content for a status. */
export function describeStatus(status: InklingStatus): StatusBarContent {
  const { icon, text } = shortText(status);
  return {
    text: `$(${icon}) ${text}`,
    tooltip: tooltipText(status),
    accessibleText: text.startsWith("Inkling") ? text : `Inkling: ${text}`,
    severity: isWarning(status) ? "warning" : "normal",
    command: clickCommand(status),
  };
}

const TOGGLE_COMMAND = "inkling.toggleSuggestions";
const PAUSE_COMMAND = "inkling.pauseTraining";
const RESUME_COMMAND = "inkling.resumeTraining";

/** The commands that the tooltip links to, where there is something to do. */
export const LINKED_COMMANDS = [TOGGLE_COMMAND, PAUSE_COMMAND, RESUME_COMMAND] as const;

function clickCommand({ activity, model, failure, isLoading }: InklingStatus): StatusBarContent["command"] {
  const isNothingThere = activity === "idle" && model === null && failure === null && !isLoading;
  return isNothingThere ? "inkling.trainWorkspace" : "inkling.showDashboard";
}

/**
 * One line about a running training, for the progress notification: `perplexity 12.3 · training 11.8 · 14,000 tokens/s · 43 %`, and
 * at its end `final perplexity 12.9 · saving`.
 */
export function progressMessage(status: InklingStatus): string {
  const { phase, phaseFraction, progress, fraction, bestValidation } = status;
  if (status.activity === "cancelling") {
    return "stopping, the model is kept";
  }
  if (status.activity === "pausing") {
    return "pausing at the next step";
  }
  if (status.activity === "paused") {
    return pausedMessage(status);
  }
  const isEnding = isEndingPhase(phase);
  if (progress === null || (phase !== "training" && phase !== "evaluating" && !isEnding)) {
    return PHASE_TEXTS[phase ?? "starting"];
  }
  const training = readablePerplexity(Math.exp(progress.lossNats));
  const figures =
    bestValidation === null
      ? [`training perplexity ${training}`]
      : [
          `${figureKind(status)}perplexity ${readablePerplexity(perplexityOf(bestValidation))}`,
          ...(isEnding ? [] : [`training ${training}`]),
        ];
  const done = isEnding ? phaseFraction : fraction;
  return [
    ...figures,
    isEnding ? PHASE_TEXTS[phase] : `${readableCount(progress.tokensPerSecond)} tokens/s`,
    ...(done === null ? [] : [readableShare(done)]),
  ].join(" · ");
}

function pausedMessage(status: InklingStatus): string {
  const { bestValidation, fraction } = status;
  const perplexity =
    bestValidation === null
      ? []
      : [`${figureKind(status)}perplexity ${readablePerplexity(perplexityOf(bestValidation))}`];
  return ["paused", ...perplexity, readableShare(fraction)].join(" · ");
}

/** What sets the perplexity that is shown of a running training apart from the newest on the way. */
function figureKind(status: InklingStatus): string {
  if (isEndingPhase(status.phase) && status.bestValidation?.isFinal === true) {
    return "final ";
  }
  return hasWorsened(status) ? "best " : "";
}

/** Whether a measurement before the newest was better: the run may be learning by heart. The best is the one that is kept. */
function hasWorsened({ validation, bestValidation }: InklingStatus): boolean {
  return validation !== null && bestValidation !== null && perplexityOf(bestValidation) < perplexityOf(validation);
}

function shortText(status: InklingStatus): { readonly icon: string; readonly text: string } {
  if (status.activity !== "idle") {
    return { icon: status.activity === "paused" ? "debug-pause" : "sync~spin", text: runningText(status) };
  }
  if (status.failure !== null && status.model === null) {
    return { icon: "warning", text: "Inkling: failed" };
  }
  if (!status.isEnabled) {
    return { icon: status.failure === null ? "circle-slash" : "warning", text: "Inkling: off" };
  }
  if (status.model === null && status.isLoading) {
    return { icon: "sync~spin", text: "Inkling: loading" };
  }
  if (status.model === null) {
    return status.counting === null
      ? { icon: "book", text: "Inkling: train" }
      : { icon: "sync~spin", text: `Inkling: counting ${Math.floor(status.counting.fraction * 100)}%` };
  }
  const portable = status.backend?.backend === "portable" ? " · portable" : "";
  const measured = status.model.perplexity ?? (status.validation === null ? null : perplexityOf(status.validation));
  return {
    icon: status.failure === null ? "book" : "warning",
    text:
      measured === null ? `Inkling${portable}` : `${finalWord(status)}ppl ${readablePerplexity(measured)}${portable}`,
  };
}

/** A final perplexity is over more text than those that were shown while training, and so another figure. */
function finalWord({ model, validation }: InklingStatus): string {
  const isFinal = validation?.isFinal === true && model !== null && measurementOf(model, [validation]) !== null;
  return isFinal ? "final " : "";
}

function runningText(status: InklingStatus): string {
  const { progress, bestValidation, fraction, phase, phaseFraction } = status;
  if (status.activity === "cancelling" || status.activity === "pausing") {
    return status.activity === "cancelling" ? "stopping" : "pausing";
  }
  if (status.activity === "paused") {
    const perplexity = bestValidation === null ? "" : ` · ppl ${readablePerplexity(perplexityOf(bestValidation))}`;
    return `paused${perplexity} ${Math.floor(fraction * 100)}%`;
  }
  const training = progress === null ? null : readablePerplexity(Math.exp(progress.lossNats));
  const share = isEndingPhase(phase) ? phaseFraction : fraction;
  const percent = share === null ? "" : ` ${Math.floor(share * 100)}%`;
  const ending = isEndingPhase(phase) ? ` · ${PHASE_TEXTS[phase]}` : "";
  if (bestValidation !== null && phase !== "backend" && phase !== "corpus" && phase !== "tokenizer") {
    const live = training === null || ending !== "" ? ending : ` · training ${training}`;
    return `${figureKind(status)}ppl ${readablePerplexity(perplexityOf(bestValidation))}${live}${percent}`;
  }
  if (training !== null) {
    return `training ppl ${training}${ending}${percent}`;
  }
  return `Inkling: ${PHASE_TEXTS[phase ?? "starting"]}`;
}

function isWarning(status: InklingStatus): boolean {
  return status.activity === "idle" && status.failure !== null && status.failure.severity !== "information";
}

function tooltipText(status: InklingStatus): string {
  const lines: string[] = [`**Inkling** · ${activityText(status)}`, ""];
  const rows = tooltipRows(status);
  if (rows.length > 0) {
    lines.push("| | |", "|:--|:--|", ...rows.map(([name, value]) => `| ${name} | ${escapeMarkdown(value)} |`), "");
  }
  if (status.failure !== null) {
    lines.push(`$(warning) ${escapeMarkdown(status.failure.text)}`, "");
  }
  for (const reason of status.backend?.reasons ?? []) {
    lines.push(`$(info) ${escapeMarkdown(reasonsText([reason]))}`, "");
  }
  const click = clickCommand(status) === "inkling.trainWorkspace" ? "Click to train." : "Click for the dashboard.";
  lines.push([...links(status), click].join(" · "));
  return lines.join("\n");
}

/** What can be done from the tooltip itself. */
function links({ activity, isEnabled }: InklingStatus): readonly string[] {
  return [
    ...(activity === "training" ? [`[Pause training](command:${PAUSE_COMMAND})`] : []),
    ...(activity === "pausing" || activity === "paused" ? [`[Resume training](command:${RESUME_COMMAND})`] : []),
    ...(isEnabled ? [] : [`[Switch suggestions on](command:${TOGGLE_COMMAND})`]),
  ];
}

function activityText(status: InklingStatus): string {
  if (status.activity !== "idle") {
    return escapeMarkdown(progressMessage(status));
  }
  const off = status.isEnabled ? "" : ", suggestions off";
  if (!status.hasWorkspace) {
    return `open a folder, then train a model on it${off}`;
  }
  if (status.model === null && status.isLoading) {
    return `the model of this workspace is read${off}`;
  }
  if (status.model === null) {
    const has = status.counts === null ? "no model of this workspace yet" : "suggestions from counts, no model yet";
    return `${has}${off}`;
  }
  return status.isEnabled ? "model ready, suggestions on" : "model ready, suggestions off";
}

function tooltipRows(status: InklingStatus): readonly (readonly [string, string])[] {
  const { validation, progress, model, backend, corpus } = status;
  const rows: (readonly [string, string])[] = [];
  if (validation !== null) {
    rows.push(...validationRows(status, validation));
  } else if (model?.perplexity !== null && model?.perplexity !== undefined) {
    rows.push(["Validation perplexity", readablePerplexity(model.perplexity)]);
    rows.push(["Bits per byte", readableFigure(model.bitsPerByte)]);
  }
  if (status.activity !== "idle" && progress !== null) {
    rows.push(["Training perplexity", readablePerplexity(Math.exp(progress.lossNats))], ["Speed", speedText(progress)]);
  }
  if (model !== null) {
    rows.push(["Model", modelSummary(model)]);
  }
  if (corpus !== null) {
    rows.push(["Parameters", readableShortCount(corpus.parameterCount)], ["Corpus", corpusSummary(corpus)]);
  }
  if (status.counts !== null) {
    const { fileCount, textBytes } = status.counts;
    rows.push(["Counts", `of ${counted(fileCount, "file")}, ${readableBytes(textBytes)}`]);
  }
  if (backend !== null) {
    rows.push(["Backend", backendSummary(backend)]);
  }
  if (status.activity !== "idle") {
    rows.push(...gpuSummaryRows((status.usage?.gpus ?? []).map(({ latest }) => latest)));
  }
  return rows;
}

/** The best comes first where the newest is another; a final figure says so, since those on the way are over a part of the text. */
function validationRows(status: InklingStatus, newest: EvaluationPoint): readonly (readonly [string, string])[] {
  const best = hasWorsened(status) ? status.bestValidation : null;
  if (best !== null) {
    return [
      [
        "Best validation perplexity",
        `${measuredText(best, status)}, at step ${readableCount(best.step)}: this model is kept`,
      ],
      ["Newest", `${readablePerplexity(perplexityOf(newest))}, at step ${readableCount(newest.step)}`],
      ["Bits per byte", readableFigure(bitsPerByteOf(best))],
    ];
  }
  const stage = status.activity === "idle" || newest.isFinal === true ? "" : " so far";
  return [
    [`Validation perplexity${stage}`, measuredText(newest, status)],
    ["Bits per byte", readableFigure(bitsPerByteOf(newest))],
  ];
}

function measuredText(point: EvaluationPoint, { corpus }: InklingStatus): string {
  const comma = point.isFinal === true ? "," : "";
  return `${readablePerplexity(perplexityOf(point))}${comma} ${measuredExtent(point, corpus)}`;
}

function speedText({ tokensPerSecond, step }: ProgressPoint): string {
  return `${readableCount(tokensPerSecond)} tokens/s, step ${readableCount(step)}`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~$]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}
