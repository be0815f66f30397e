import type { Tally } from "../evaluation/tally.ts";

/** Steps in a row that have to be lost, because one strange window is no explosion. */
const LOST_STEPS = 8;
/** Worse than guessing among all tokens alike by this factor, nothing that was learnt is left. */
const EXPLODED_SHARE_OF_UNIFORM = 1.5;
/** Of the way back from the best figure to guessing: beyond it a loss is looked into. At least so many nats a token, for the first figures are close to guessing. */
const SUSPICIOUS_SHARE = 0.5;
const SUSPICIOUS_NATS = 0.5;

/** What a step says of the loss: it may have run away, which held-out text has to confirm, or it has. */
export type LossState = "calm" | "suspicious" | "exploded";

/** Sums over tokens of held-out text. */
type Figure = Pick<Tally, "nats" | "tokens">;

/** Tells a loss that runs away from one that is only high. Figures are of one step or one look, sums over tokens in nats. */
export class ExplosionWatch {
  readonly #guessNats: number;
  /** Halfway back from the best look to guessing; infinite before the first. */
  #suspiciousNats = Infinity;
  #explodedCount = 0;
  #suspiciousCount = 0;

  /**
   * @param vocabularySize V: guessing costs ln V nats a token
   * @param best as `noteBest` takes it; null for none yet
   */
  public constructor(vocabularySize: number, best: Figure | null = null) {
    this.#guessNats = Math.log(vocabularySize);
    if (best !== null) {
      this.noteBest(best);
    }
  }

  /** Takes the best figure of held-out text so far. */
  public noteBest({ nats, tokens }: Figure): void {
    const best = nats / tokens;
    this.#suspiciousNats = best + Math.max(SUSPICIOUS_SHARE * (this.#guessNats - best), SUSPICIOUS_NATS);
  }

  /** Of one run of bad steps "suspicious" is said once. */
  public noteStep({ nats, targetCount }: { readonly nats: number; readonly targetCount: number }): LossState {
    const loss = targetCount === 0 ? 0 : nats / targetCount;
    this.#explodedCount = loss > EXPLODED_SHARE_OF_UNIFORM * this.#guessNats ? this.#explodedCount + 1 : 0;
    this.#suspiciousCount = loss > this.#suspiciousNats ? this.#suspiciousCount + 1 : 0;
    if (this.#explodedCount >= LOST_STEPS) {
      return "exploded";
    }
    return this.#suspiciousCount === LOST_STEPS ? "suspicious" : "calm";
  }

  /** Whether a look shows that what the last steps said of their text holds of text that was not read too: no overfitting, whose steps go well, and no strange file. */
  public isConfirmedBy({ nats, tokens }: Figure): boolean {
    return this.#suspiciousCount >= LOST_STEPS && nats / tokens > this.#suspiciousNats;
  }
}
