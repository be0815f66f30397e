/** Steps in a row that have to be lost, because one strange window is no explosion. */
const EXPLODED_STEPS = 8;
/** Worse than guessing among all tokens alike by this factor, nothing that was learnt is left. */
const EXPLODED_SHARE_OF_UNIFORM = 1.5;

/** Tells a loss that runs away from one that is only high. */
export class ExplosionWatch {
  readonly #limitNats: number;
  #count = 0;

  /** @param vocabularySize V: guessing costs ln V nats a token */
  public constructor(vocabularySize: number) {
    this.#limitNats = EXPLODED_SHARE_OF_UNIFORM * Math.log(vocabularySize);
  }

  /** Whether the loss has run away, by a step's sums. */
  public hasExploded({ nats, targetCount }: { readonly nats: number; readonly targetCount: number }): boolean {
    const isLost = targetCount > 0 && nats / targetCount > this.#limitNats;
    this.#count = isLost ? this.#count + 1 : 0;
    return this.#count >= EXPLODED_STEPS;
  }
}
