import type { Tally } from "../evaluation/tally.ts";

/** Beyond this, annealing does not bring a run back to its best: it learns its text by heart. */
const MUCH_WORSE_SHARE = 1.15;
const MUCH_WORSE_LOOKS = 3;

/** Tells a run that knows its held-out text less and less from one that has a bad look now and then. */
export class OverfittingWatch {
  /** Looks in a row at which the held-out text was much less well known than at the best. */
  #count = 0;

  /** Whether nothing better is to be expected. */
  public get isHopeless(): boolean {
    return this.#count >= MUCH_WORSE_LOOKS;
  }

  /** @param best null where there is nothing worth keeping yet: then nothing was learnt by heart either */
  public note(tally: Tally, best: Tally | null): void {
    const isMuchWorse = best !== null && tally.nats / tally.tokens > (best.nats / best.tokens) * MUCH_WORSE_SHARE;
    this.#count = isMuchWorse ? this.#count + 1 : 0;
  }
}
