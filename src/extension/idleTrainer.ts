import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { toErrorData } from "../base/errors.ts";
import type { Clock, Log } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { DoneEvent } from "../protocol/engineMessages.ts";
import type { TrainingController } from "./trainingController.ts";

/** How long nobody may have used the window before training goes on. */
export const IDLE_MS = 5 * 60_000;

/** Whether files have changed since a training came to its end; outlives the editor. */
export interface ChangeMemory {
  isChanged: boolean;
}

export interface IdleTrainerParts {
  readonly controller: Pick<TrainingController, "isTraining" | "cancel" | "onDidStart" | "onDidEnd">;
  /** Whether this is switched on, and there is a model to go on with. */
  readonly isWanted: () => boolean;
  /** Whether somebody uses the window right now, though no key tells. */
  readonly isInUse: () => boolean;
  /** Whether a person has paused the training: then it is that person's. */
  readonly isPaused: () => boolean;
  /** Goes on with the model, in the background. */
  readonly train: () => Promise<DoneEvent>;
  readonly memory: ChangeMemory;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
}

/**
 * Goes on with the model while nobody uses the window, once after each use, if files have changed. It gives way at once: to the next key, and to a
 * training that somebody orders. What it was told to stop by another hand, it does not begin again until a file changes.
 */
export class IdleTrainer implements Disposable {
  readonly #parts: IdleTrainerParts;
  readonly #owned = new DisposableStore();
  #lastUseMs: number;
  #pending: Disposable | undefined;
  /** Its own training. */
  #running: Promise<void> | undefined;
  #isGivingWay = false;
  #hasTrainedSinceUse = false;
  #isChangedMeanwhile = false;

  public constructor(parts: IdleTrainerParts) {
    this.#parts = parts;
    this.#lastUseMs = parts.clock.nowMs();
    this.#owned.add(
      parts.controller.onDidStart(() => {
        this.#isChangedMeanwhile = false;
      }),
    );
    this.#owned.add(
      parts.controller.onDidEnd((end) => {
        this.#learnEnd(end);
      }),
    );
    this.#checkIn(IDLE_MS);
  }

  /** Somebody has used the window. */
  public noteUse(): void {
    this.#lastUseMs = this.#parts.clock.nowMs();
    this.#hasTrainedSinceUse = false;
    if (this.#running !== undefined && !this.#parts.isPaused()) {
      this.#giveWay();
    }
    this.#checkIn(IDLE_MS);
  }

  /** A file of the workspace has changed. */
  public noteChange(): void {
    this.#isChangedMeanwhile = true;
    if (!this.#parts.memory.isChanged) {
      this.#parts.memory.isChanged = true;
    }
    this.#checkIn(IDLE_MS);
  }

  /** Ends its own training, if there is one; what that has learnt is kept. */
  public async makeWay(): Promise<void> {
    if (this.#running !== undefined) {
      this.#giveWay();
      await this.#running;
    }
  }

  public dispose(): void {
    this.#pending?.dispose();
    this.#owned.dispose();
  }

  #hasGivenWay(): boolean {
    const hasGivenWay = this.#isGivingWay;
    this.#isGivingWay = false;
    return hasGivenWay;
  }

  #giveWay(): void {
    this.#isGivingWay = true;
    this.#parts.controller.cancel();
  }

  /** One timer at a time: keys are many, and where it comes too early it is set again. */
  #checkIn(delayMs: number): void {
    this.#pending ??= this.#parts.timer.schedule(delayMs, () => {
      this.#pending = undefined;
      this.#check();
    });
  }

  #check(): void {
    const { clock, isWanted, isInUse, memory, controller } = this.#parts;
    if (isInUse()) {
      this.noteUse();
      return;
    }
    const leftMs = this.#lastUseMs + IDLE_MS - clock.nowMs();
    if (leftMs > 0) {
      this.#checkIn(leftMs);
      return;
    }
    if (!this.#hasTrainedSinceUse && memory.isChanged && !controller.isTraining && isWanted()) {
      this.#running = this.#train();
    }
  }

  /** Never rejects: nobody asked for it, so nobody is told but the log. */
  async #train(): Promise<void> {
    const { train, log, memory } = this.#parts;
    log.write("info", "Files have changed and nobody has used the window for a while: training goes on.");
    this.#hasTrainedSinceUse = true;
    try {
      await train();
    } catch (error) {
      log.write("warning", `Training while the window was idle failed: ${toErrorData(error).message}`);
    } finally {
      this.#running = undefined;
      memory.isChanged = this.#hasGivenWay() || this.#isChangedMeanwhile;
    }
  }

  /** After a training, its own or another, that came to its end, only what changed meanwhile is news. */
  #learnEnd(end: DoneEvent | null): void {
    if (end !== null && end.stopped !== "cancelled" && end.stopped !== "nonFinite") {
      this.#parts.memory.isChanged = this.#isChangedMeanwhile;
    }
    this.#checkIn(IDLE_MS);
  }
}
