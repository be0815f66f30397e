/** Undoes what the mean over a window of 65,536 tokens divides by. */
const FIRST_SCALE = 2 ** 16;
/** What it grows to by 16,000 steps without an overflow. */
const LARGEST_SCALE = 2 ** 24;
const SMALLEST_SCALE = 1;
/** Steps in a row without an overflow after which twice the scale is tried, as in NVIDIA's and PyTorch's. */
const STEPS_TO_GROW = 2000;

/**
 * What gradients are multiplied by while they are float16, whose numbers end at 65,504 and have nothing below 6 · 10⁻⁸ (Micikevicius et al. 2018, "Mixed
 * precision training", section 3.2): halved where they overflow, doubled when they have not for long.
 */
export class LossScale {
  #value = FIRST_SCALE;
  #soundSteps = 0;

  /** A power of two. */
  public get value(): number {
    return this.#value;
  }

  /** Is told of every step whose gradient is finite. */
  public noteSound(): void {
    this.#soundSteps++;
    if (this.#soundSteps >= STEPS_TO_GROW) {
      this.#soundSteps = 0;
      this.#value = Math.min(2 * this.#value, LARGEST_SCALE);
    }
  }

  /** Goes back to an earlier value. */
  public restore(value: number): void {
    this.#value = value;
    this.#soundSteps = 0;
  }

  /** Halves the scale after a gradient that is not finite. @returns whether it could be, so that the gradient is worth taking again */
  public lower(): boolean {
    this.#soundSteps = 0;
    if (this.#value <= SMALLEST_SCALE) {
      return false;
    }
    this.#value /= 2;
    return true;
  }
}
