import type { Log } from "../base/ports.ts";
import { type CompareEvent, type CompareJob, type CompareResult, samplesOf } from "../protocol/compareMessages.ts";
import { comparedRow, type ComparisonView, isComparisonView, withPoint } from "../protocol/comparisonView.ts";
import { KeptRun, type KeptRunParts } from "./keptRun.ts";

/** The engine, as far as a comparison needs it. */
export interface ComparingEngine {
  compare(
    job: CompareJob,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: CompareEvent) => void },
  ): Promise<CompareResult>;
}

export interface ComparisonRunParts extends KeptRunParts {
  readonly engine: ComparingEngine;
}

/** One comparison at a time, and what there is to see of it or of the last one. */
export class ComparisonRun extends KeptRun<ComparisonView> {
  readonly #engine: ComparingEngine;
  readonly #log: Log;

  public constructor(parts: ComparisonRunParts) {
    super(parts, {
      key: "inkling.comparison",
      isView: isComparisonView,
      name: "The comparison of models",
      busyText: "Inkling is comparing models: wait for that, or cancel the comparison first.",
    });
    this.#engine = parts.engine;
    this.#log = parts.log;
  }

  /**
   * Compares; where it is cancelled, what it has so far is kept.
   * @throws LmError as the engine does, with `trainingBusy` while another comparison runs, and with `cancelled`
   */
  public async run(job: CompareJob): Promise<CompareResult> {
    const begun = { models: job.models, budgetSeconds: job.budgetSeconds ?? 0, rows: [], curves: [], samples: [] };
    return this.keep(begun, async (signal) => {
      const onEvent = (event: CompareEvent): void => {
        this.#take(event);
      };
      const result = await this.#engine.compare(job, { signal, onEvent });
      const problems = result.failures.map(({ model, message }) => `${model} came to nothing: ${message}`);
      return { result, problem: problems.length === 0 ? null : problems.join(" ") };
    });
  }

  #take(event: CompareEvent): void {
    switch (event.type) {
      case "compareProgress":
        this.change({ current: { model: event.model, fraction: event.fraction } });
        return;
      case "compareRow": {
        const { rows = [], samples = [] } = this.view ?? {};
        const fresh = samplesOf([event.row]);
        this.change({ current: null, rows: [...rows, comparedRow(event.row)], samples: [...samples, ...fresh] });
        return;
      }
      case "notice":
        this.#log.write(event.level, event.message);
        return;
      case "comparePoint": {
        const { elapsedSeconds: seconds, validationPerplexity: perplexity } = event.point;
        this.change({ curves: withPoint(this.view?.curves ?? [], { model: event.model, seconds, perplexity }) });
        return;
      }
      case "compareFailure":
        this.#log.write("warning", `${event.failure.model} came to nothing: ${event.failure.message}`);
        return;
      case "compareText":
      case "pause":
    }
  }
}
