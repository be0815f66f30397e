import { toErrorData, type ErrorCode, type ErrorData } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import type { PredictorModelInfo } from "../protocol/predictorMessages.ts";
import type { InklingState } from "./inklingState.ts";

/** The predictor, as far as loading needs it. */
export interface LoadingPort {
  load(directory: string): Promise<PredictorModelInfo>;
}

const UNREADABLE_CODES: readonly ErrorCode[] = ["checkpointCorrupt", "checkpointForeign", "checkpointVersion"];

/** Brings checkpoints into the predictor, one at a time, the newest last. */
export class ModelLoader {
  readonly #predictor: LoadingPort;
  readonly #state: InklingState;
  readonly #log: Log;
  #loading: Promise<PredictorModelInfo | undefined> | undefined;
  #isStale = false;
  #problem: ErrorData | undefined;

  public constructor(parts: { readonly predictor: LoadingPort; readonly state: InklingState; readonly log: Log }) {
    this.#predictor = parts.predictor;
    this.#state = parts.state;
    this.#log = parts.log;
  }

  /** Whether the last loading found files that are no model of this version of Inkling. */
  public get isUnreadable(): boolean {
    return this.#problem !== undefined && UNREADABLE_CODES.includes(this.#problem.code);
  }

  public forgetProblem(): void {
    this.#problem = undefined;
  }

  /**
   * Loads the checkpoint in `directory` and tells the state.
   * @returns the model's facts, or `undefined` where it could not be loaded: then `problem` says why
   */
  public async load(directory: string): Promise<PredictorModelInfo | undefined> {
    while (this.#loading !== undefined) {
      await this.#loading;
    }
    this.#loading = this.#loadOnce(directory);
    try {
      return await this.#loading;
    } finally {
      this.#loading = undefined;
    }
  }

  /** Why the last loading failed. */
  public get problem(): ErrorData | undefined {
    return this.#problem;
  }

  /** Loads soon; calls that come while a loading runs become one loading after it. */
  public reload(directory: string): void {
    if (this.#loading !== undefined) {
      this.#isStale = true;
      return;
    }
    void this.load(directory).then(() => {
      if (this.#isStale) {
        this.#isStale = false;
        this.reload(directory);
      }
    });
  }

  async #loadOnce(directory: string): Promise<PredictorModelInfo | undefined> {
    try {
      const model = await this.#predictor.load(directory);
      this.#problem = undefined;
      this.#state.update({ model });
      return model;
    } catch (error) {
      this.#problem = toErrorData(error);
      const level = this.#problem.code === "checkpointMissing" ? "info" : "warning";
      this.#log.write(level, `No model loaded from ${directory}: ${this.#problem.message}`);
      return undefined;
    }
  }
}
