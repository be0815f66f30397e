import type { Tally } from "../evaluation/tally.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import type { HeldOut } from "./heldOut.ts";
import { type ScoreOptions, scoreWindows } from "./scoreWindows.ts";

/** From look to look the temperature changes by this factor at most; half of it costs a thousandth of the bits. */
const STEP = 1.08;
/** Powers of it that are tried at the first look as well, for a run that goes on may be far from 1. */
const FIRST_STEPS = [-2, 2, 4] as const;

/**
 * The temperature of a softmax as held-out text would have it (Guo, Pleiss, Sun and Weinberger 2017, section 4.2), followed from look to look of a run: each text is scored at
 * the last one and at its neighbours. Networks that read their text many times are too sure of it.
 */
export class SoftmaxTemperature {
  readonly #most: number;
  #last = 1;
  #isFirst = true;

  /** @param most highest temperature, and the inverse of the lowest; 1: it stays as it is */
  public constructor(most: number) {
    this.#most = most;
  }

  /** What to score at; the last one first. */
  public get candidates(): readonly number[] {
    const steps = [-1, 1, ...(this.#isFirst ? FIRST_STEPS : [])];
    const beside = steps.map((step) => this.#last * STEP ** step);
    return [this.#last, ...beside.filter((each) => each <= this.#most && each >= 1 / this.#most)];
  }

  /**
   * The best of the candidates, which is the last from now on.
   * @param tallies of the same text at each of `candidates`
   */
  public choose(tallies: readonly Tally[]): { readonly tally: Tally; readonly temperature: number } {
    const { candidates } = this;
    let best = 0;
    for (const [index, { nats }] of tallies.entries()) {
      best = nats < (tallies[best] as Tally).nats ? index : best;
    }
    this.#last = candidates[best] as number;
    this.#isFirst = false;
    return { tally: tallies[best] as Tally, temperature: this.#last };
  }

  /** To be called where the network's weights have the temperature in them. */
  public restart(): void {
    this.#last = 1;
  }
}

/** Held-out text at each temperature, one tally for each. */
export async function tallyHeldOut(
  network: TrainableModel,
  heldOut: HeldOut,
  options: Pick<ScoreOptions, "signal" | "pause"> & { readonly temperatures: readonly number[] },
): Promise<readonly Tally[]> {
  const { targetCount: tokens, temperedNats } = await scoreWindows(network, heldOut.windows(), {
    ...options,
    isRanked: false,
  });
  return temperedNats.map((nats) => ({ tokens, bytes: heldOut.bytes, nats }));
}
