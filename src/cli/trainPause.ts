import type { EngineRequests, PauseParams, TrainEvent } from "../protocol/engineMessages.ts";
import type { RequestClient } from "../protocol/requestChannel.ts";

/** Pauses a training and knows when it stands still. */
export class TrainPause {
  readonly #engine: RequestClient<EngineRequests>;
  #isOver = false;
  #isStanding = false;
  #hasChanged: () => void = () => undefined;

  public constructor(engine: RequestClient<EngineRequests>) {
    this.#engine = engine;
  }

  /** Has the training stand still, or go on; settles when it does, or when there is none any more. */
  public async set(wanted: PauseParams): Promise<void> {
    if (this.#isOver) {
      return;
    }
    const changed = new Promise<void>((resolve) => {
      this.#hasChanged = resolve;
    });
    const { isPaused } = await this.#engine.request("pauseTraining", wanted);
    if (isPaused && !this.#isStanding) {
      await changed;
    }
  }

  /** Takes in an event of the training. */
  public note(event: TrainEvent): void {
    if (event.type === "pause") {
      this.#isStanding = event.isPaused;
      this.#hasChanged();
    }
  }

  /** The training is over; whoever waits for it to stand still waits no more. */
  public end(): void {
    this.#isOver = true;
    this.#hasChanged();
  }
}
