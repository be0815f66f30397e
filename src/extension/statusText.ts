import {
  readableBytes,
  readableCount,
  readableFigure,
  readablePerplexity,
  readableShare,
  readableShortCount,
} from "../base/readableNumbers.ts";
import {
  bitsPerByteOf,
  perplexityOf,
  type EvaluationPoint,
  type InklingStatus,
  type ProgressPoint,
} from "../protocol/dashboardMessages.ts";
import {
  backendSummary,
  corpusSummary,
  counted,
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

/** The command that the tooltip links to while suggestions are off. */
export const TOGGLE_COMMAND = "inkling.toggleSuggestions";

function clickCommand({ activity, model, failure }: InklingStatus): StatusBarContent["command"] {
  return activity === "idle" && model === null && failure === null ? "inkling.trainWorkspace" : "inkling.showDashboard";
}

/** One line about a running training, for the progress notification: `perplexity 12.3 · 14,000 tokens/s · 43 %`. */
export function progressMessage(status: InklingStatus): string {
  const { phase, progress, fraction } = status;
  if (status.activity === "cancelling") {
    return "stopping, the model is kept";
  }
  if (progress === null || (phase !== "training" && phase !== "evaluating" && phase !== "saving")) {
    return PHASE_TEXTS[phase ?? "starting"];
  }
  const best = status.bestValidation;
  const perplexity = best === null ? Math.exp(progress.lossNats) : perplexityOf(best);
  const kind = best === null ? "training perplexity" : `${hasWorsened(status) ? "best " : ""}perplexity`;
  return `${kind} ${readablePerplexity(perplexity)} · ${readableCount(progress.tokensPerSecond)} tokens/s · ${readableShare(fraction)}`;
}

/** Whether a measurement before the newest was better: the run may be learning by heart. The best is the one that is kept. */
function hasWorsened({ validation, bestValidation }: InklingStatus): boolean {
  return validation !== null && bestValidation !== null && perplexityOf(bestValidation) < perplexityOf(validation);
}

function shortText(status: InklingStatus): { readonly icon: string; readonly text: string } {
  if (status.activity !== "idle") {
    return { icon: "sync~spin", text: runningText(status) };
  }
  if (status.failure !== null && status.model === null) {
    return { icon: "warning", text: "Inkling: failed" };
  }
  if (!status.isEnabled) {
    return { icon: status.failure === null ? "circle-slash" : "warning", text: "Inkling: off" };
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
    text: measured === null ? `Inkling${portable}` : `ppl ${readablePerplexity(measured)}${portable}`,
  };
}

function runningText(status: InklingStatus): string {
  const { progress, bestValidation, fraction, phase } = status;
  if (status.activity === "cancelling") {
    return "stopping";
  }
  const percent = `${Math.floor(fraction * 100)}%`;
  if (bestValidation !== null && phase !== "backend" && phase !== "corpus" && phase !== "tokenizer") {
    return `${hasWorsened(status) ? "best " : ""}ppl ${readablePerplexity(perplexityOf(bestValidation))} ${percent}`;
  }
  if (progress !== null) {
    return `training ppl ${readablePerplexity(Math.exp(progress.lossNats))} ${percent}`;
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
  lines.push(status.isEnabled ? click : `[Switch suggestions on](command:${TOGGLE_COMMAND}) · ${click}`);
  return lines.join("\n");
}

function activityText(status: InklingStatus): string {
  if (status.activity !== "idle") {
    return escapeMarkdown(progressMessage(status));
  }
  const off = status.isEnabled ? "" : ", suggestions off";
  if (!status.hasWorkspace) {
    return `open a folder, then train a model on it${off}`;
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
  return rows;
}

/** The best comes first where the newest is another; a final figure says so, since those on the way are over a part of the text. */
function validationRows(status: InklingStatus, newest: EvaluationPoint): readonly (readonly [string, string])[] {
  const best = hasWorsened(status) ? status.bestValidation : null;
  if (best !== null) {
    return [
      ["Best validation perplexity", `${measuredText(best)}, at step ${readableCount(best.step)}: this model is kept`],
      ["Newest", `${readablePerplexity(perplexityOf(newest))}, at step ${readableCount(newest.step)}`],
      ["Bits per byte", readableFigure(bitsPerByteOf(best))],
    ];
  }
  const stage = status.activity === "idle" ? "" : " so far";
  return [
    [`Validation perplexity${newest.isFinal === true ? ", final" : stage}`, measuredText(newest)],
    ["Bits per byte", readableFigure(bitsPerByteOf(newest))],
  ];
}

function measuredText(point: EvaluationPoint): string {
  return `${readablePerplexity(perplexityOf(point))} over ${readableCount(point.tokens)} tokens`;
}

function speedText({ tokensPerSecond, step }: ProgressPoint): string {
  return `${readableCount(tokensPerSecond)} tokens/s, step ${readableCount(step)}`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~$]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}
