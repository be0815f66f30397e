import type { Log } from "../base/ports.ts";
import type { GradientEvent, GradientJob, GradientResult } from "../protocol/gradientMessages.ts";
import { type GradientView, isGradientView, shownGradients } from "../protocol/gradientView.ts";
import { KeptRun, type KeptRunParts } from "./keptRun.ts";

/** The engine, as far as a look at gradients needs it. */
export interface GradientEngine {
  gradients(
    job: GradientJob,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: GradientEvent) => void },
  ): Promise<GradientResult>;
}

export interface GradientsRunParts extends KeptRunParts {
  readonly engine: GradientEngine;
}

/** One look at gradients at a time, and what there is to see of it or of the last one. */
export class GradientsRun extends KeptRun<GradientView> {
  readonly #engine: GradientEngine;
  readonly #log: Log;

  public constructor(parts: GradientsRunParts) {
    super(parts, {
      key: "inkling.gradients",
      isView: isGradientView,
      name: "The look at gradients",
      busyText: "Inkling is inspecting gradients: wait for that, or cancel it first.",
    });
    this.#engine = parts.engine;
    this.#log = parts.log;
  }

  /**
   * Looks at gradients; where it is cancelled, what was seen so far is kept.
   * @param place what the job's text is of, for people
   * @throws LmError as the engine does, with `trainingBusy` while another one runs, and with `cancelled`
   */
  public async run(job: GradientJob, place: string): Promise<GradientResult> {
    const { models, budgetSeconds } = job;
    return this.keep({ place, models, budgetSeconds, text: null, rows: [] }, async (signal) => {
      const warnings: string[] = [];
      const onEvent = (event: GradientEvent): void => {
        this.#take(event);
        if (event.type === "notice" && event.level === "warning") {
          warnings.push(event.message);
        }
      };
      const result = await this.#engine.gradients(job, { signal, onEvent });
      return { result, problem: warnings.length === 0 ? null : warnings.join(" ") };
    });
  }

  #take(event: GradientEvent): void {
    switch (event.type) {
      case "gradientText":
        this.change({ text: { window: event.window, target: event.target } });
        return;
      case "gradientProgress":
        this.change({ current: { model: event.model, fraction: event.fraction } });
        return;
      case "gradientRow":
        this.change({ current: null, rows: [...(this.view?.rows ?? []), shownGradients(event.row)] });
        return;
      case "notice":
        this.#log.write(event.level, event.message);
        return;
      case "pause":
    }
  }
}
