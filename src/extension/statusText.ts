import {
  readableCount,
  readableFigure,
  readablePerplexity,
  readableShare,
  readableShortCount,
} from "../base/readableNumbers.ts";
import { bitsPerByteOf, perplexityOf, type InklingStatus, type ProgressPoint } from "../protocol/dashboardMessages.ts";
import { backendSummary, corpusSummary, modelSummary, PHASE_TEXTS, reasonsText } from "../protocol/statusWords.ts";

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
    accessibleText: `Inkling: ${text}`,
    severity: isWarning(status) ? "warning" : "normal",
    command:
      status.activity === "idle" && status.model === null && status.failure === null
        ? "inkling.trainWorkspace"
        : "inkling.showDashboard",
  };
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
  const perplexity = status.validation === null ? Math.exp(progress.lossNats) : perplexityOf(status.validation);
  const kind = status.validation === null ? "training perplexity" : "perplexity";
  return `${kind} ${readablePerplexity(perplexity)} · ${readableCount(progress.tokensPerSecond)} tokens/s · ${readableShare(fraction)}`;
}

function shortText(status: InklingStatus): { readonly icon: string; readonly text: string } {
  if (status.activity !== "idle") {
    return { icon: "sync~spin", text: runningText(status) };
  }
  const portable = status.backend?.backend === "portable" ? " · portable" : "";
  if (status.model !== null) {
    const measured = status.model.perplexity ?? (status.validation === null ? null : perplexityOf(status.validation));
    return {
      icon: idleIcon(status),
      text: measured === null ? `Inkling${portable}` : `ppl ${readablePerplexity(measured)}${portable}`,
    };
  }
  return status.failure === null
    ? { icon: "book", text: "Inkling: train" }
    : { icon: "warning", text: "Inkling: failed" };
}

function idleIcon({ failure, isEnabled }: InklingStatus): string {
  if (failure !== null) {
    return "warning";
  }
  return isEnabled ? "book" : "circle-slash";
}

function runningText(status: InklingStatus): string {
  const { progress, validation, fraction, phase } = status;
  if (status.activity === "cancelling") {
    return "stopping";
  }
  const percent = `${Math.floor(fraction * 100)}%`;
  if (validation !== null && phase !== "backend" && phase !== "corpus" && phase !== "tokenizer") {
    return `ppl ${readablePerplexity(perplexityOf(validation))} ${percent}`;
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
  lines.push(status.activity === "idle" && status.model === null ? "Click to train." : "Click for the dashboard.");
  return lines.join("\n");
}

function activityText(status: InklingStatus): string {
  if (status.activity !== "idle") {
    return escapeMarkdown(progressMessage(status));
  }
  if (!status.hasWorkspace) {
    return "open a folder, then train a model on it";
  }
  if (status.model === null) {
    return "no model of this workspace yet";
  }
  return status.isEnabled ? "model ready, suggestions on" : "model ready, suggestions off";
}

function tooltipRows(status: InklingStatus): readonly (readonly [string, string])[] {
  const { validation, progress, model, backend, corpus } = status;
  const rows: (readonly [string, string])[] = [];
  if (validation !== null) {
    rows.push([
      "Validation perplexity",
      `${readablePerplexity(perplexityOf(validation))} over ${readableCount(validation.tokens)} tokens`,
    ]);
    rows.push(["Bits per byte", readableFigure(bitsPerByteOf(validation))]);
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
  if (backend !== null) {
    rows.push(["Backend", backendSummary(backend)]);
  }
  return rows;
}

function speedText({ tokensPerSecond, step }: ProgressPoint): string {
  return `${readableCount(tokensPerSecond)} tokens/s, step ${readableCount(step)}`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~$]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}
