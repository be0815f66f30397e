import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import { bestEvaluation, keptEvaluation, type InklingStatus, type RunHistory } from "../protocol/dashboardMessages.ts";
import type { BackendDescription } from "../protocol/backendDescription.ts";
import type { TrainEvent } from "../protocol/engineMessages.ts";
import { addUsage, type StepUsage } from "../protocol/stepUsage.ts";
import { RunRecorder, type RecordedChange, type RunStart } from "./runRecorder.ts";
import { NO_SUGGESTIONS } from "./suggestionCounter.ts";

export const IDLE_STATUS: InklingStatus = {
  activity: "idle",
  phase: null,
  phaseFraction: null,
  fraction: 0,
  progress: null,
  validation: null,
  bestValidation: null,
  usage: null,
  model: null,
  isLoading: false,
  backend: null,
  corpus: null,
  failure: null,
  isEnabled: true,
  hasWorkspace: false,
  counting: null,
  counts: null,
  suggestions: NO_SUGGESTIONS,
};

/** What Inkling is doing and what it has: the one place that status bar, dashboard and API read. */
export class InklingState implements Disposable {
  readonly #didChangeStatus = new Emitter<InklingStatus>();
  readonly #didRecord = new Emitter<RecordedChange>();
  readonly #recorder = new RunRecorder();
  #status: InklingStatus = IDLE_STATUS;

  public readonly onDidChangeStatus = this.#didChangeStatus.event;
  /** Tells what the history of the run gained. */
  public readonly onDidRecord = this.#didRecord.event;

  public get status(): InklingStatus {
    return this.#status;
  }

  public get history(): RunHistory {
    return this.#recorder.history;
  }

  /** Changes some facts of the status. */
  public update(facts: Partial<InklingStatus>): void {
    this.#status = { ...this.#status, ...facts };
    this.#didChangeStatus.fire(this.#status);
  }

  /** Shows the history of a run that ended before, as the last run. */
  public restore(history: RunHistory): void {
    this.#recorder.restore(history);
    this.#followHistory();
  }

  /** Begins a run: figures of the one before stay only where this one continues it. */
  public startRun(start: RunStart): void {
    this.#recorder.start(start);
    const begun = { activity: "training", phase: "starting", phaseFraction: null, fraction: 0, failure: null } as const;
    this.#status = { ...this.#status, ...begun, usage: null };
    this.#followHistory();
  }

  /** Shows the run before again: the newest one ended and left no model. */
  public abandonRun(): void {
    this.#recorder.abandon();
    this.#followHistory();
  }

  public describeBackend(backend: BackendDescription): void {
    this.#recorder.describeBackend(backend);
    this.#followHistory();
  }

  /** Takes in what the engine tells about the run. */
  public record(event: TrainEvent): void {
    const change = this.#recorder.add(event);
    const { progress, evaluations, corpus } = this.history;
    const kept = event.type === "done" ? keptEvaluation(evaluations) : null;
    const facts = {
      progress: progress.at(-1) ?? null,
      validation: kept ?? evaluations.at(-1) ?? null,
      bestValidation: kept ?? bestEvaluation(evaluations),
      corpus,
      usage: usageAfter(event, this.#status),
      ...phaseFacts(event),
      ...pauseFacts(event, this.#status),
    };
    this.update(facts);
    if (change.kind !== "none") {
      this.#didRecord.fire(change);
    }
  }

  public dispose(): void {
    this.#didChangeStatus.dispose();
    this.#didRecord.dispose();
  }

  #followHistory(): void {
    const { progress, evaluations, corpus, backend } = this.history;
    const kept = keptEvaluation(evaluations);
    this.update({
      progress: progress.at(-1) ?? null,
      validation: kept,
      bestValidation: kept,
      corpus,
      backend: backend ?? this.#status.backend,
    });
    this.#didRecord.fire({ kind: "everything" });
  }
}

/** What an event says of how far the run is. */
function phaseFacts(event: TrainEvent): Partial<InklingStatus> {
  switch (event.type) {
    case "progress":
      return { phase: "training", phaseFraction: null, fraction: Math.min(1, Math.max(0, event.fraction)) };
    case "phase":
      return { phase: event.phase, phaseFraction: event.fraction ?? null };
    case "corpus":
    case "evaluation":
    case "checkpoint":
    case "notice":
    case "pause":
    case "done":
      return {};
  }
}

function usageAfter(event: TrainEvent, { usage }: InklingStatus): StepUsage | null {
  return event.type === "progress" && event.usage !== undefined ? addUsage(usage, event.usage) : usage;
}

/** A run that is being cancelled stays so: it goes on only to save. */
function pauseFacts(event: TrainEvent, { activity }: InklingStatus): Partial<InklingStatus> {
  if (event.type !== "pause" || activity === "idle" || activity === "cancelling") {
    return {};
  }
  return { activity: event.isPaused ? "paused" : "training" };
}
