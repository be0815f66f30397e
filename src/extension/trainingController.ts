import type { Disposable } from "../base/disposable.ts";
import { LmError, toErrorData } from "../base/errors.ts";
import type { Clock, Log } from "../base/ports.ts";
import type { BackendChoice, BackendDescription, DoneEvent, TrainEvent, TrainJob } from "../protocol/engineMessages.ts";
import { eventText } from "./eventText.ts";
import { describeFailure } from "./failureMessages.ts";
import type { InklingState } from "./inklingState.ts";
import type { ModelFolder } from "./modelFolder.ts";
import type { ModelLoader } from "./modelLoader.ts";

/** The engine, as far as training needs it. */
export interface EnginePort extends Disposable {
  describe(backend: BackendChoice): Promise<BackendDescription>;
  /** Settles with `stopped: "cancelled"` after `signal` aborts; rejects with `LmError`. */
  train(
    job: TrainJob,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: TrainEvent) => void },
  ): Promise<DoneEvent>;
}

/** How a training ended, and whether it left a model. */
export interface TrainingEnd extends DoneEvent {
  readonly isSaved: boolean;
}

export interface TrainingControllerParts {
  readonly engine: EnginePort;
  readonly loader: ModelLoader;
  readonly state: InklingState;
  readonly folder: ModelFolder;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs one training at a time: job to the engine, events to the state, new checkpoints to the predictor. */
export class TrainingController implements Disposable {
  readonly #parts: TrainingControllerParts;
  #running: AbortController | undefined;

  public constructor(parts: TrainingControllerParts) {
    this.#parts = parts;
  }

  public get isTraining(): boolean {
    return this.#running !== undefined;
  }

  /** Asks the running training to stop; the model of its last checkpoint stays. */
  public cancel(): void {
    if (this.#running !== undefined && !this.#running.signal.aborted) {
      this.#parts.state.update({ activity: "cancelling" });
      this.#running.abort();
    }
  }

  /**
   * Trains and loads what was learnt.
   * @throws LmError as the engine does, and with `trainingBusy` while another training runs
   */
  public async train(job: TrainJob): Promise<TrainingEnd> {
    if (this.#running !== undefined) {
      throw new LmError(
        "trainingBusy",
        "Inkling is training on this workspace already: wait for it or cancel it first.",
      );
    }
    const running = new AbortController();
    this.#running = running;
    const { state } = this.#parts;
    const seen = { checkpoint: false };
    try {
      const done = await this.#run(job, { signal: running.signal, seen });
      return { ...done, isSaved: seen.checkpoint };
    } catch (error) {
      state.update({ failure: describeFailure(toErrorData(error)) });
      throw error;
    } finally {
      this.#running = undefined;
      if (!seen.checkpoint && state.status.model !== null) {
        // The model that is there is the one of the run before, and so are its figures.
        state.abandonRun();
      }
      state.update({ activity: "idle", phase: null, phaseFraction: null, fraction: 0 });
    }
  }

  public dispose(): void {
    this.cancel();
  }

  /** @param run its signal; `seen` tells, also after a failure, whether there was a checkpoint */
  async #run(
    job: TrainJob,
    { signal, seen }: { readonly signal: AbortSignal; readonly seen: { checkpoint: boolean } },
  ): Promise<DoneEvent> {
    const { engine, loader, state, folder, clock } = this.#parts;
    state.startRun({
      startedEpochMs: clock.epochMs(),
      budgetSeconds: job.options.budgetSeconds,
      isContinuing: job.options.isResume,
    });
    if (!job.options.isResume) {
      await this.#makeRoom();
    }
    state.describeBackend(await engine.describe(job.options.backend));
    const onEvent = (event: TrainEvent): void => {
      state.record(event);
      this.#logEvent(event);
      if (event.type === "checkpoint") {
        seen.checkpoint = true;
        loader.reload(folder.directory);
        void this.#keepHistory();
      }
    };
    const done = await engine.train(job, { signal, onEvent });
    if (state.history.stopped !== done.stopped) {
      onEvent(done);
    }
    if (seen.checkpoint) {
      await loader.load(folder.directory);
      await this.#keepHistory();
    }
    return done;
  }

  /** A directory that holds no model of ours is moved aside, so that nothing in it is lost. */
  async #makeRoom(): Promise<void> {
    const { folder, loader, log } = this.#parts;
    if (folder.isOccupied && loader.isUnreadable) {
      log.write("info", `Set the unreadable model aside: ${await folder.setAside()}`);
      loader.forgetProblem();
    }
  }

  /** Losing the history costs curves only, so it fails with a line in the log. */
  async #keepHistory(): Promise<void> {
    const { folder, state, log } = this.#parts;
    try {
      await folder.writeHistory(state.history);
    } catch (error) {
      log.write("warning", `Could not keep the training history: ${toErrorData(error).message}`);
    }
  }

  #logEvent(event: TrainEvent): void {
    const text = eventText(event);
    if (text !== null) {
      this.#parts.log.write(event.type === "notice" ? event.level : "info", text);
    }
  }
}
