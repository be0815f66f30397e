import type { Memento } from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import { LmError, toErrorData } from "../base/errors.ts";
import type { Clock, Log } from "../base/ports.ts";
import { type CompareEvent, type CompareJob, type CompareResult, samplesOf } from "../protocol/compareMessages.ts";
import { comparedRow, type ComparisonView, isComparisonView, withPoint } from "../protocol/comparisonView.ts";
import { describeFailure } from "./failureMessages.ts";

const KEY = "inkling.comparison";

/** The engine, as far as a comparison needs it. */
export interface ComparingEngine {
  compare(
    job: CompareJob,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: CompareEvent) => void },
  ): Promise<CompareResult>;
}

export interface ComparisonRunParts {
  readonly engine: ComparingEngine;
  /** Of the workspace: what the last comparison gave is kept there until the next. */
  readonly memory: Memento;
  readonly clock: Clock;
  readonly log: Log;
}

/** One comparison at a time, and what there is to see of it or of the last one. */
export class ComparisonRun implements Disposable {
  readonly #parts: ComparisonRunParts;
  readonly #didChange = new Emitter<ComparisonView>();
  #view: ComparisonView | null;
  #running: AbortController | undefined;

  public readonly onDidChange = this.#didChange.event;

  public constructor(parts: ComparisonRunParts) {
    this.#parts = parts;
    this.#view = restore(parts.memory.get(KEY));
  }

  /** Null where nothing was compared yet. */
  public get view(): ComparisonView | null {
    return this.#view;
  }

  public get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** One network at a time is trained: throws `LmError("trainingBusy")` while a comparison runs. */
  public refuseWhileRunning(): void {
    if (this.#running !== undefined) {
      throw new LmError("trainingBusy", "Inkling is comparing models: wait for that, or cancel the comparison first.");
    }
  }

  /**
   * Compares; where it is cancelled, what it has so far is kept.
   * @throws LmError as the engine does, with `trainingBusy` while another comparison runs, and with `cancelled`
   */
  public async run(job: CompareJob): Promise<CompareResult> {
    this.refuseWhileRunning();
    const running = new AbortController();
    this.#running = running;
    const { engine, clock, log } = this.#parts;
    this.#show({
      startedEpochMs: clock.epochMs(),
      models: job.models,
      budgetSeconds: job.budgetSeconds ?? 0,
      state: "running",
      current: null,
      rows: [],
      curves: [],
      samples: [],
      problem: null,
    });
    try {
      const onEvent = (event: CompareEvent): void => {
        this.#take(event);
      };
      const result = await engine.compare(job, { signal: running.signal, onEvent });
      const { failures } = result;
      const problem = failures.map(({ model, message }) => `${model} came to nothing: ${message}`).join(" ");
      this.#change({ state: "done", current: null, problem: problem === "" ? null : problem });
      return result;
    } catch (error) {
      const data = toErrorData(error);
      const isCancelled = data.code === "cancelled";
      log.write(isCancelled ? "info" : "warning", `The comparison of models ended early: ${data.message}`);
      this.#change({
        state: isCancelled ? "cancelled" : "failed",
        current: null,
        problem: isCancelled ? null : describeFailure(data).text,
      });
      throw error;
    } finally {
      this.#running = undefined;
      await this.#keep();
    }
  }

  public cancel(): void {
    if (this.#running !== undefined && !this.#running.signal.aborted) {
      this.#change({ state: "cancelling" });
      this.#running.abort();
    }
  }

  public dispose(): void {
    this.#running?.abort();
    this.#didChange.dispose();
  }

  #take(event: CompareEvent): void {
    switch (event.type) {
      case "compareProgress":
        this.#change({ current: { model: event.model, fraction: event.fraction } });
        return;
      case "compareRow": {
        const { rows = [], samples = [] } = this.#view ?? {};
        const fresh = samplesOf([event.row]);
        this.#change({ current: null, rows: [...rows, comparedRow(event.row)], samples: [...samples, ...fresh] });
        return;
      }
      case "notice":
        this.#parts.log.write(event.level, event.message);
        return;
      case "comparePoint": {
        const { elapsedSeconds: seconds, validationPerplexity: perplexity } = event.point;
        this.#change({ curves: withPoint(this.#view?.curves ?? [], { model: event.model, seconds, perplexity }) });
        return;
      }
      case "compareFailure":
        this.#parts.log.write("warning", `${event.failure.model} came to nothing: ${event.failure.message}`);
        return;
      case "compareText":
      case "pause":
    }
  }

  #change(facts: Partial<ComparisonView>): void {
    if (this.#view !== null) {
      this.#show({ ...this.#view, ...facts });
    }
  }

  #show(view: ComparisonView): void {
    this.#view = view;
    this.#didChange.fire(view);
  }

  /** Losing it costs a table only, so it fails with a line in the log. */
  async #keep(): Promise<void> {
    try {
      await this.#parts.memory.update(KEY, this.#view);
    } catch (error) {
      this.#parts.log.write("warning", `Could not keep the comparison: ${toErrorData(error).message}`);
    }
  }
}

/** What an earlier session left, if it came to an end there. */
function restore(kept: unknown): ComparisonView | null {
  return isComparisonView(kept) && kept.state !== "running" && kept.state !== "cancelling" ? kept : null;
}
