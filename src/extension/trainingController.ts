import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import { LmError, toErrorData } from "../base/errors.ts";
import type { Clock, Log } from "../base/ports.ts";
import type { BackendChoice, BackendDescription } from "../protocol/backendDescription.ts";
import type { DoneEvent, PauseParams, TrainEvent, TrainingMode, TrainJob } from "../protocol/engineMessages.ts";
import { eventText } from "./eventText.ts";
import { describeFailure } from "./failureMessages.ts";
import type { InklingState } from "./inklingState.ts";
import type { ModelFolder } from "./modelFolder.ts";
import type { ModelLoader } from "./modelLoader.ts";

/** The engine, as far as training needs it. */
export interface EnginePort extends Disposable {
  /** @param mode the engine's, since what is described depends on its process */
  describe(backend: BackendChoice, mode: TrainingMode): Promise<BackendDescription>;
  /** Settles with `stopped: "cancelled"` after `signal` aborts; rejects with `LmError`. */
  train(job: TrainJob, options: EngineTraining): Promise<DoneEvent>;
  /** Has the training that was ordered in this mode stand still at its next step, or go on. */
  pauseTraining(mode: TrainingMode, wanted: PauseParams): Promise<void>;
}

export interface EngineTraining {
  readonly mode: TrainingMode;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainEvent) => void;
}

export interface TrainingControllerParts {
  readonly engine: EnginePort;
  readonly loader: ModelLoader;
  readonly state: InklingState;
  readonly folder: ModelFolder;
  readonly clock: Clock;
  readonly log: Log;
}

interface RunningTraining {
  readonly controller: AbortController;
  readonly mode: TrainingMode;
  isPauseWanted: boolean;
  /** Whether the engine knows of it already. */
  isOrdered: boolean;
}

/** Runs one training at a time: job to the engine, events to the state, new checkpoints to the predictor. */
export class TrainingController implements Disposable {
  readonly #parts: TrainingControllerParts;
  readonly #didStart = new Emitter<void>();
  readonly #didEnd = new Emitter<DoneEvent | null>();
  #running: RunningTraining | undefined;

  public readonly onDidStart = this.#didStart.event;
  /** Tells how a training ended; null for one that failed. */
  public readonly onDidEnd = this.#didEnd.event;

  public constructor(parts: TrainingControllerParts) {
    this.#parts = parts;
  }

  public get isTraining(): boolean {
    return this.#running !== undefined;
  }

  /** Asks the running training to stop; the model of its last checkpoint stays. */
  public cancel(): void {
    if (this.#running !== undefined && !this.#running.controller.signal.aborted) {
      this.#parts.state.update({ activity: "cancelling" });
      this.#running.controller.abort();
    }
  }

  /** Has the running training stand still at its next step. Its budget does not run on, and it can be resumed or cancelled. */
  public pause(): void {
    this.#setPaused({ isPaused: true });
  }

  /** Lets a training go on that was paused. */
  public resume(): void {
    this.#setPaused({ isPaused: false });
  }

  /**
   * Trains and loads what was learnt.
   * @throws LmError as the engine does, and with `trainingBusy` while another training runs
   */
  public async train(job: TrainJob, { mode }: { readonly mode: TrainingMode }): Promise<DoneEvent> {
    if (this.#running !== undefined) {
      throw new LmError(
        "trainingBusy",
        "Inkling is training on this workspace already: wait for it or cancel it first.",
      );
    }
    const running = { controller: new AbortController(), mode, isPauseWanted: false, isOrdered: false };
    this.#running = running;
    this.#didStart.fire();
    const { state } = this.#parts;
    const seen = { checkpoint: false };
    let end: DoneEvent | null = null;
    try {
      end = await this.#run(job, running, seen);
      return end;
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
      this.#didEnd.fire(end);
    }
  }

  public dispose(): void {
    this.cancel();
    this.#didStart.dispose();
    this.#didEnd.dispose();
  }

  #setPaused({ isPaused }: PauseParams): void {
    const running = this.#running;
    if (running === undefined || running.controller.signal.aborted || running.isPauseWanted === isPaused) {
      return;
    }
    running.isPauseWanted = isPaused;
    this.#parts.state.update({ activity: isPaused ? "pausing" : "training" });
    if (running.isOrdered) {
      this.#askToPause(running);
    }
  }

  /** Where the engine is gone, the training says so itself. */
  #askToPause({ mode, isPauseWanted }: RunningTraining): void {
    const { engine, log } = this.#parts;
    engine.pauseTraining(mode, { isPaused: isPauseWanted }).catch((error: unknown) => {
      log.write("warning", `The training could not be paused or resumed: ${toErrorData(error).message}`);
    });
  }

  /** @param seen tells, also after a failure, whether there was a checkpoint */
  async #run(job: TrainJob, running: RunningTraining, seen: { checkpoint: boolean }): Promise<DoneEvent> {
    const { engine, loader, state, folder, clock } = this.#parts;
    const { mode, controller } = running;
    state.startRun({
      startedEpochMs: clock.epochMs(),
      budgetSeconds: job.options.budgetSeconds,
      mode,
      isContinuing: job.options.isResume,
    });
    if (!job.options.isResume) {
      await this.#makeRoom();
    }
    state.describeBackend(await engine.describe(job.options.backend, mode));
    const onEvent = (event: TrainEvent): void => {
      state.record(event);
      this.#logEvent(event);
      if (event.type === "checkpoint") {
        seen.checkpoint = true;
        loader.reload(folder.directory);
        void this.#keepHistory();
      }
    };
    const training = engine.train(job, { mode, signal: controller.signal, onEvent });
    running.isOrdered = true;
    if (running.isPauseWanted) {
      // Behind the order in the same channel, so it meets the training.
      this.#askToPause(running);
    }
    const done = await training;
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
