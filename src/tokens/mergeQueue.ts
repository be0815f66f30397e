/** A max-heap of candidates by gain; among equal gains the one that `isBefore` names comes first. */
export class MergeQueue {
  readonly #gains: number[] = [];
  readonly #candidates: number[] = [];
  readonly #isBefore: (a: number, b: number) => boolean;

  public constructor(isBefore: (a: number, b: number) => boolean) {
    this.#isBefore = isBefore;
  }

  public push(candidate: number, gain: number): void {
    let place = this.#gains.length;
    this.#gains.push(gain);
    this.#candidates.push(candidate);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isAbove(place, parent)) {
        return;
      }
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** Takes the best candidate out, with the gain it was pushed with. */
  public pop(): { readonly candidate: number; readonly gain: number } | undefined {
    const candidate = this.#candidates[0];
    const gain = this.#gains[0];
    if (candidate === undefined || gain === undefined) {
      return undefined;
    }
    const last = this.#gains.length - 1;
    this.#swap(0, last);
    this.#gains.pop();
    this.#candidates.pop();
    this.#sink();
    return { candidate, gain };
  }

  #sink(): void {
    const length = this.#gains.length;
    for (let place = 0; ;) {
      let best = place;
      for (let child = 2 * place + 1; child <= 2 * place + 2 && child < length; child++) {
        if (this.#isAbove(child, best)) {
          best = child;
        }
      }
      if (best === place) {
        return;
      }
      this.#swap(place, best);
      place = best;
    }
  }

  #isAbove(a: number, b: number): boolean {
    const gainA = this.#gains[a] as number;
    const gainB = this.#gains[b] as number;
    return (
      gainA > gainB || (gainA === gainB && this.#isBefore(this.#candidates[a] as number, this.#candidates[b] as number))
    );
  }

  #swap(a: number, b: number): void {
    const gain = this.#gains[a] as number;
    this.#gains[a] = this.#gains[b] as number;
    this.#gains[b] = gain;
    const candidate = this.#candidates[a] as number;
    this.#candidates[a] = this.#candidates[b] as number;
    this.#candidates[b] = candidate;
  }
}
