import { addNormCounts } from "../base/normBins.ts";
import type { BackendDescription } from "../protocol/backendDescription.ts";
import type { EvaluationEvent, ProgressEvent, TrainEvent, TrainingMode } from "../protocol/engineMessages.ts";
import {
  EMPTY_RUN_HISTORY,
  type EvaluationPoint,
  type ProgressPoint,
  type RunHistory,
} from "../protocol/dashboardMessages.ts";

/** More points than a chart has pixels; beyond it neighbours are merged, so an hour's run costs no more than a minute's. */
const MAX_PROGRESS_POINTS = 1200;
const MAX_EVALUATION_POINTS = 600;
const MAX_NOTICES = 20;

/** What a recorded event changed: nothing, points added at the end, or more than that. */
export type RecordedChange =
  | { readonly kind: "none" }
  | {
      readonly kind: "points";
      readonly progress: readonly ProgressPoint[];
      readonly evaluations: readonly EvaluationPoint[];
    }
  | { readonly kind: "everything" };

export interface RunStart {
  readonly startedEpochMs: number;
  readonly budgetSeconds: number | null;
  readonly mode: TrainingMode;
  /** Whether the run goes on where the recorded one ended. */
  readonly isContinuing: boolean;
}

const CUT_OFF =
  "The training was cut off before its end, unless another window is still at it. Its model is the best until then; “Continue training” goes on with it.";

/** Keeps the course of one run within bounds. */
export class RunRecorder {
  #history: RunHistory = EMPTY_RUN_HISTORY;
  /** As it was before the newest run. */
  #earlier: RunHistory = EMPTY_RUN_HISTORY;
  #elapsedOffsetSeconds: number | undefined;

  /** Immutable: a new object after every change. */
  public get history(): RunHistory {
    return this.#history;
  }

  /** Takes over what was recorded before; says so where that has no end. */
  public restore(history: RunHistory): void {
    this.#history = history;
    if (history.progress.length > 0 && history.stopped === null && !history.notices.includes(CUT_OFF)) {
      this.#addNotice(CUT_OFF);
    }
  }

  /** Begins a run; what was recorded stays only where the run continues it. */
  public start({ startedEpochMs, budgetSeconds, mode, isContinuing }: RunStart): void {
    this.#elapsedOffsetSeconds = undefined;
    this.#earlier = this.#history;
    if (!isContinuing || this.#history.startedEpochMs === 0) {
      this.#history = { ...EMPTY_RUN_HISTORY, startedEpochMs, budgetSeconds, mode };
      return;
    }
    this.#history = { ...this.#history, budgetSeconds, mode, stopped: null, notices: [] };
  }

  /** Puts back what there was before the newest run, which left no model. What it told a person stays to be read. */
  public abandon(): void {
    const { notices } = this.#history;
    const earlier = this.#earlier.notices.filter((notice) => !notices.includes(notice));
    this.#history = { ...this.#earlier, notices: [...earlier, ...notices].slice(-MAX_NOTICES) };
  }

  /** Notes what the run is computed by. */
  public describeBackend(backend: BackendDescription): void {
    this.#history = { ...this.#history, backend };
  }

  public add(event: TrainEvent): RecordedChange {
    switch (event.type) {
      case "progress":
        return this.#addProgress(event);
      case "evaluation":
        return this.#addEvaluation(event);
      case "corpus":
        this.#history = { ...this.#history, corpus: event };
        return { kind: "everything" };
      case "notice":
        this.#addNotice(event.message);
        return { kind: "everything" };
      case "done":
        this.#history = { ...this.#history, stopped: event.stopped };
        if (event.nothingLearnt !== undefined) {
          this.#addNotice(event.nothingLearnt);
        }
        return { kind: "everything" };
      case "phase":
      case "pause":
      case "checkpoint":
        return { kind: "none" };
    }
  }

  #addNotice(message: string): void {
    this.#history = { ...this.#history, notices: [...this.#history.notices, message].slice(-MAX_NOTICES) };
  }

  #addProgress(event: ProgressEvent): RecordedChange {
    const hasRewound = this.#joinAt(event);
    const elapsedSeconds = event.elapsedSeconds + (this.#elapsedOffsetSeconds ?? 0);
    const figures: ProgressPoint = {
      elapsedSeconds,
      step: event.step,
      stepCount: Math.max(1, event.step - (this.#history.progress.at(-1)?.step ?? 0)),
      tokens: event.tokens,
      lossNats: event.lossNats,
      gradientNorm: event.gradientNorm,
      clippedGradientNorm: event.clippedGradientNorm,
      clippedFraction: event.clippedFraction,
      tokensPerSecond: event.tokensPerSecond,
      learningRate: event.learningRate,
    };
    if (!Object.values(figures).every(Number.isFinite)) {
      return { kind: "none" };
    }
    const point = event.normCounts === undefined ? figures : { ...figures, normCounts: event.normCounts };
    const progress = [...this.#history.progress, point];
    const isFull = progress.length > MAX_PROGRESS_POINTS;
    const clipNorm = event.clipNorm ?? this.#history.clipNorm;
    this.#history = { ...this.#history, clipNorm, progress: isFull ? mergeNeighbours(progress) : progress };
    const isFirst = progress.length === 1;
    return isFull || isFirst || hasRewound
      ? { kind: "everything" }
      : { kind: "points", progress: [point], evaluations: [] };
  }

  #addEvaluation(event: EvaluationEvent): RecordedChange {
    if (!Number.isFinite(event.nats) || event.tokens <= 0) {
      return { kind: "none" };
    }
    const hasRewound = this.#joinAt(event);
    const { step, tokens, bytes, nats, isBest, isFinal, recurrentNorm } = event;
    const point: EvaluationPoint = {
      elapsedSeconds: event.elapsedSeconds + (this.#elapsedOffsetSeconds ?? 0),
      step,
      tokens,
      bytes,
      nats,
      isBest,
      isFinal,
      ...(recurrentNorm === undefined || !Number.isFinite(recurrentNorm) ? {} : { recurrentNorm }),
    };
    const evaluations = [...this.#history.evaluations, point];
    const isFull = evaluations.length > MAX_EVALUATION_POINTS;
    this.#history = { ...this.#history, evaluations: isFull ? thinOut(evaluations) : evaluations };
    return isFull || hasRewound ? { kind: "everything" } : { kind: "points", progress: [], evaluations: [point] };
  }

  /**
   * At the first point of a run that continues another: drops what the other recorded beyond the checkpoint that this
   * one goes on from, and keeps time running where the engine counts it from zero again.
   */
  #joinAt({ step, elapsedSeconds }: { readonly step: number; readonly elapsedSeconds: number }): boolean {
    if (this.#elapsedOffsetSeconds !== undefined) {
      return false;
    }
    const progress = this.#history.progress.filter((point) => point.step < step);
    const evaluations = this.#history.evaluations.filter((point) => point.step < step);
    const hasRewound =
      progress.length + evaluations.length < this.#history.progress.length + this.#history.evaluations.length;
    const lastSeconds = Math.max(progress.at(-1)?.elapsedSeconds ?? 0, evaluations.at(-1)?.elapsedSeconds ?? 0);
    this.#elapsedOffsetSeconds = elapsedSeconds < lastSeconds ? lastSeconds : 0;
    this.#history = { ...this.#history, progress, evaluations };
    return hasRewound;
  }
}

/** Halves the number of points; means are weighted by the steps that they cover. */
function mergeNeighbours(points: readonly ProgressPoint[]): readonly ProgressPoint[] {
  const merged: ProgressPoint[] = [];
  for (let index = 0; index < points.length; index += 2) {
    const first = points[index];
    const second = points[index + 1];
    if (first !== undefined) {
      merged.push(second === undefined ? first : mergeTwo(first, second));
    }
  }
  return merged;
}

function mergeTwo(first: ProgressPoint, second: ProgressPoint): ProgressPoint {
  const stepCount = first.stepCount + second.stepCount;
  const mean = (read: (point: ProgressPoint) => number): number =>
    (read(first) * first.stepCount + read(second) * second.stepCount) / stepCount;
  return {
    elapsedSeconds: second.elapsedSeconds,
    step: second.step,
    stepCount,
    tokens: second.tokens,
    lossNats: mean((point) => point.lossNats),
    gradientNorm: mean((point) => point.gradientNorm),
    clippedGradientNorm: mean((point) => point.clippedGradientNorm),
    clippedFraction: mean((point) => point.clippedFraction),
    tokensPerSecond: mean((point) => point.tokensPerSecond),
    learningRate: second.learningRate,
    ...(first.normCounts === undefined || second.normCounts === undefined
      ? {}
      : { normCounts: addNormCounts(first.normCounts, second.normCounts) }),
  };
}

/** Every second measurement, the best ones and the last one always. */
function thinOut(points: readonly EvaluationPoint[]): readonly EvaluationPoint[] {
  const bestNats = Math.min(...points.map(({ nats }) => nats));
  return points.filter((point, index) => index % 2 === 0 || index === points.length - 1 || point.nats === bestNats);
}
