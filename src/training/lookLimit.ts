import type { StreamScoreOptions } from "./scoreStream.ts";

export interface LookLimitOptions {
  /** Ends the look; null where it is to come to its end. */
  readonly signal: AbortSignal | null;
  /** What it may take; it is given up as soon as it is clear that it would take longer. */
  readonly mostSeconds: number;
  readonly nowSeconds: () => number;
}

/** Of what a look may take, how long it is read before it is given up: the first windows may be slow. */
const TRIAL_SHARE = 1 / 20;
/** A look that has come so far comes to its end. */
const LAST_TURN = 1 / 2;

/** Ends a look at the validation text that is not wanted any more, or would take too long. */
export class LookLimit implements Pick<StreamScoreOptions, "signal" | "onRead"> {
  readonly #options: LookLimitOptions;
  readonly #controller = new AbortController();
  readonly #startSeconds: number;
  /** After the first window, which may have to set up what the others find. */
  #first: { readonly seconds: number; readonly share: number } | null = null;
  #expectedSeconds = 0;

  /** The look begins now. */
  public constructor(options: LookLimitOptions) {
    this.#options = options;
    this.#startSeconds = options.nowSeconds();
  }

  public get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the whole look was last seen to take; 0 before that can be told. */
  public get expectedSeconds(): number {
    return this.#expectedSeconds;
  }

  /** To be called after every window with the share of the text that was read. */
  public readonly onRead = (share: number): void => {
    const { signal, mostSeconds, nowSeconds } = this.#options;
    const seconds = nowSeconds();
    if (this.#first === null) {
      this.#first = { seconds, share };
    } else {
      this.#expectedSeconds = (seconds - this.#first.seconds) / Math.max(share - this.#first.share, 1e-9);
    }
    const isTried = seconds - this.#startSeconds >= mostSeconds * TRIAL_SHARE && share < LAST_TURN;
    if (signal?.aborted === true || (isTried && this.#expectedSeconds > mostSeconds)) {
      this.#controller.abort();
    }
  };
}
