import type { EngineRequests, PauseParams } from "../protocol/engineMessages.ts";
import type { PauseEvent } from "../protocol/pauseEvent.ts";
import type { RequestClient } from "../protocol/requestChannel.ts";
import type { CommandContext } from "./commandContext.ts";

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
  public note(event: PauseEvent | { readonly type: string }): void {
    if (isPause(event)) {
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

const PAUSED = "Paused: the budget does not run on. `fg` goes on here, `bg` behind other work.";

/** What of the engine's work trains, and so can stand still. */
type Training = "train" | "trainFamily" | "compare" | "gradients" | "trainLabeller" | "languages";

/** Has the engine train; Ctrl+Z pauses it. */
export async function requestTraining<M extends Training>(
  method: M,
  job: EngineRequests[M]["params"],
  {
    context,
    onEvent,
  }: { readonly context: CommandContext; readonly onEvent: (event: EngineRequests[M]["event"]) => void },
): Promise<EngineRequests[M]["result"]> {
  const { engine, signal, watchSuspension } = context;
  const pause = new TrainPause(engine);
  const suspension = watchSuspension((wanted) => pause.set(wanted));
  try {
    return await engine.request(method, job, {
      signal,
      onEvent: (event) => {
        onEvent(event);
        pause.note(event);
      },
    });
  } finally {
    suspension.dispose();
    pause.end();
  }
}

/** What is told of a run that stands still, or goes on. */
export function pauseText({ isPaused }: PauseEvent): string {
  return isPaused ? PAUSED : "It goes on.";
}

function isPause(event: PauseEvent | { readonly type: string }): event is PauseEvent {
  return event.type === "pause";
}
