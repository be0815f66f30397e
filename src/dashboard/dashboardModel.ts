import {
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
  perplexityOf,
  type DashboardAction,
  type EvaluationPoint,
  type FailureMessage,
  type InklingStatus,
  type RunHistory,
} from "../protocol/dashboardMessages.ts";
import {
  FAILURE_ACTION_LABELS,
  isEndingPhase,
  measuredExtent,
  PHASE_TEXTS,
  reasonsText,
} from "../protocol/statusWords.ts";
import { clipNormOf, gradientSpread, totalClippedFraction } from "./chartData.ts";
import { factGroups, type FactGroup } from "./dashboardFacts.ts";

export interface ButtonModel {
  readonly action: DashboardAction;
  readonly label: string;
  readonly isPrimary: boolean;
}

/** A figure that is read at a glance. */
export interface FigureModel {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  /** What the figure rests on. */
  readonly note: string;
}

export interface AlertModel {
  readonly severity: FailureMessage["severity"];
  readonly text: string;
  readonly buttons: readonly ButtonModel[];
}

/** All that the page shows besides the curves, as text. */
export interface DashboardModel {
  readonly headline: string;
  readonly detail: string;
  /** Share of the run done, in [0, 1]; null while nothing runs. */
  readonly fraction: number | null;
  readonly buttons: readonly ButtonModel[];
  readonly alerts: readonly AlertModel[];
  /** What to do where there is nothing to show; null where there is. */
  readonly empty: { readonly title: string; readonly text: string; readonly button: ButtonModel | null } | null;
  readonly figures: readonly FigureModel[];
  readonly facts: readonly FactGroup[];
  readonly evaluations: readonly (readonly string[])[];
}

/** What the page shows for a status and the history of its run. */
export function dashboardModel(status: InklingStatus, history: RunHistory): DashboardModel {
  const empty = emptyState(status, history);
  return {
    ...headline(status, history),
    fraction: status.activity === "idle" ? null : status.fraction,
    // One way to begin is enough where the page has nothing else to show.
    buttons: empty?.button?.action === "train" ? [] : buttons(status),
    alerts: alerts(status, history),
    empty,
    figures: figures(status, history),
    facts: factGroups(status, history),
    evaluations: evaluationRows(history),
  };
}

/** Heads of the columns of `DashboardModel.evaluations`. */
export const EVALUATION_HEADS = [
  "Time",
  "Step",
  "Validation perplexity",
  "Bits per byte",
  "Tokens measured",
  "",
] as const;

function headline(status: InklingStatus, history: RunHistory): Pick<DashboardModel, "headline" | "detail"> {
  if (status.activity === "cancelling") {
    return { headline: "Stopping", detail: "The model of the last checkpoint is kept." };
  }
  if (status.activity === "pausing") {
    return { headline: "Pausing", detail: "The run stands still from its next step on." };
  }
  if (status.activity === "paused") {
    return { headline: "Paused", detail: `${runningDetail(status, history)} · the budget does not run on` };
  }
  if (status.activity === "training") {
    const isLearning = status.progress !== null && (status.phase === "training" || status.phase === "evaluating");
    return { headline: "Training", detail: isLearning ? runningDetail(status, history) : phaseDetail(status) };
  }
  if (status.model === null && status.isLoading) {
    return { headline: "Loading", detail: "The model of this workspace is read." };
  }
  if (status.model === null) {
    return {
      headline: "No model yet",
      detail: status.hasWorkspace ? "Train one on this workspace; it never leaves this machine." : "No folder is open.",
    };
  }
  const ended = history.startedEpochMs === 0 ? "" : `Trained ${readableDate(history.startedEpochMs)}. `;
  return {
    headline: "Model ready",
    detail: `${ended}${status.isEnabled ? "Suggestions are on." : "Suggestions are switched off."}`,
  };
}

function phaseDetail({ phase, phaseFraction }: InklingStatus): string {
  const text = `${capitalised(PHASE_TEXTS[phase ?? "starting"])}…`;
  return isEndingPhase(phase) && phaseFraction !== null ? `${text} ${readableShare(phaseFraction)}` : text;
}

function runningDetail(status: InklingStatus, history: RunHistory): string {
  const elapsed = status.progress?.elapsedSeconds ?? 0;
  const left =
    status.fraction > 0.01 && history.budgetSeconds !== null ? history.budgetSeconds * (1 - status.fraction) : null;
  const parts = [readableShare(status.fraction), `${readableSeconds(elapsed)} trained`];
  if (left !== null) {
    parts.push(`${readableSeconds(left)} left`);
  }
  return parts.join(" · ");
}

/** As the commands are called. */
const TRAIN_TITLE = "Train LM on workspace";
const CONTINUE_TITLE = "Continue training";

function buttons(status: InklingStatus): readonly ButtonModel[] {
  if (status.activity !== "idle") {
    return runButtons(status);
  }
  if (!status.hasWorkspace || (status.model === null && status.isLoading)) {
    return [];
  }
  const train = button("train", TRAIN_TITLE, { isPrimary: true });
  if (status.model === null) {
    return [train];
  }
  return [train, button("continue", CONTINUE_TITLE), button("sample", "Sample"), button("report", "Report")];
}

function runButtons({ activity }: InklingStatus): readonly ButtonModel[] {
  const cancel = button("cancel", "Cancel training");
  switch (activity) {
    case "training":
      return [button("pause", "Pause training"), cancel];
    case "pausing":
    case "paused":
      return [button("resume", "Resume training", { isPrimary: true }), cancel];
    case "idle":
    case "cancelling":
      return [];
  }
}

function alerts(status: InklingStatus, history: RunHistory): readonly AlertModel[] {
  const shown: AlertModel[] = [];
  const { failure, backend } = status;
  if (failure !== null) {
    shown.push({
      severity: failure.severity,
      text: failure.text,
      buttons: failure.actions.map((action) => button(action, FAILURE_ACTION_LABELS[action])),
    });
  }
  if (backend?.backend === "portable") {
    const setUp = status.activity === "idle" ? [button("setUpTensorflow", FAILURE_ACTION_LABELS.setUpTensorflow)] : [];
    shown.push({
      severity: "information",
      text: `Training uses the portable backend, which is slower than TensorFlow. ${reasonsText(backend.reasons)}`.trim(),
      buttons: setUp,
    });
  }
  for (const notice of new Set(history.notices.slice(-3))) {
    shown.push({ severity: "information", text: notice, buttons: [] });
  }
  return shown;
}

function emptyState(status: InklingStatus, history: RunHistory): DashboardModel["empty"] {
  if (history.progress.length > 0 || history.evaluations.length > 0) {
    return null;
  }
  if (!status.hasWorkspace) {
    return {
      title: "Open a folder to begin",
      text: "Inkling learns from the files of the folder that is open. Nothing leaves this machine.",
      button: button("openFolder", FAILURE_ACTION_LABELS.openFolder, { isPrimary: true }),
    };
  }
  if (status.activity !== "idle") {
    return {
      title: "The first curves come with the first steps",
      text: "The workspace is read and cut into tokens before training begins.",
      button: null,
    };
  }
  if (status.model === null && status.isLoading) {
    return { title: "The model is being read", text: "Its curves appear in a moment.", button: null };
  }
  if (status.model !== null) {
    return {
      title: "No curves were kept for this model",
      text: "It answers as before. Curves appear with the next training.",
      button: button("continue", CONTINUE_TITLE, { isPrimary: true }),
    };
  }
  return {
    title: "Train a language model on this workspace",
    text: "It reads the files of the open folders, leaves out what Git ignores and what holds secrets, and learns for about two minutes. Perplexity, gradients and speed are drawn here while it does.",
    button: button("train", TRAIN_TITLE, { isPrimary: true }),
  };
}

function figures(status: InklingStatus, history: RunHistory): readonly FigureModel[] {
  const { progress, validation } = status;
  if (progress === null && validation === null) {
    return [];
  }
  const best = status.bestValidation ?? validation;
  const clipped = totalClippedFraction(history);
  const clipNorm = clipNormOf(history);
  const spread = gradientSpread(history);
  return [
    {
      id: "perplexity",
      name: "Validation perplexity",
      value: best === null ? "–" : readablePerplexity(perplexityOf(best)),
      unit: "",
      note: best === null ? "Not measured yet" : perplexityNote(best, status),
    },
    {
      id: "bitsPerByte",
      name: "Bits per byte",
      value: best === null ? "–" : readableFigure(bitsPerByteOf(best)),
      unit: "",
      note: best === null ? "Not measured yet" : `over ${readableBytes(best.bytes)} held out`,
    },
    {
      id: "trainingPerplexity",
      name: "Training perplexity",
      value: progress === null ? "–" : readablePerplexity(Math.exp(progress.lossNats)),
      unit: "",
      note: progress === null ? "" : `step ${readableCount(progress.step)}`,
    },
    {
      id: "clipped",
      name: "Steps clipped",
      value: clipped === null ? "–" : readableShare(clipped).replace(" %", ""),
      unit: clipped === null ? "" : "%",
      note: spread === null ? "" : clippingNote(spread.median, clipNorm),
    },
    ...recurrentNormFigure(history),
    {
      id: "speed",
      name: "Speed",
      value: progress === null ? "–" : readableCount(progress.tokensPerSecond),
      unit: "tokens/s",
      note: progress === null ? "" : `${readableShortCount(progress.tokens)} tokens trained on`,
    },
  ];
}

/** Of the newest look that told it. */
function recurrentNormFigure({ evaluations }: RunHistory): readonly FigureModel[] {
  const norm = evaluations.findLast((point) => point.recurrentNorm !== undefined)?.recurrentNorm;
  return norm === undefined
    ? []
    : [
        {
          id: "recurrentNorm",
          name: "Recurrent matrix",
          value: readableFigure(norm),
          unit: "",
          note: "largest singular value, first layer; gradients through time shrink or grow with it",
        },
      ];
}

function perplexityNote(best: EvaluationPoint, { validation: newest, corpus }: InklingStatus): string {
  const measured = measuredExtent(best, corpus);
  return newest === null || perplexityOf(newest) <= perplexityOf(best)
    ? measured
    : `best so far, ${measured}; newest ${readablePerplexity(perplexityOf(newest))}`;
}

function clippingNote(medianNorm: number, clipNorm: number | null): string {
  const median = `median ${readableFigure(medianNorm)}`;
  return clipNorm === null ? median : `${median}, limit ${readableFigure(clipNorm)}`;
}

function evaluationRows({ evaluations }: RunHistory): readonly (readonly string[])[] {
  const kept = keptEvaluation(evaluations);
  return evaluations
    .map((point) => [
      readableSeconds(point.elapsedSeconds),
      readableCount(point.step),
      readablePerplexity(perplexityOf(point)),
      readableFigure(bitsPerByteOf(point)),
      readableCount(point.tokens),
      keptWord(point, kept),
    ])
    .reverse();
}

/** What sets a measurement apart from the others in a table. */
function keptWord(point: EvaluationPoint, kept: EvaluationPoint | null): string {
  if (point.isFinal === true) {
    return "final";
  }
  return point === kept ? "kept" : "";
}

function button(action: DashboardAction, label: string, { isPrimary } = { isPrimary: false }): ButtonModel {
  return { action, label, isPrimary };
}

function readableDate(epochMs: number): string {
  return new Date(epochMs).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
