/* eslint-disable @typescript-eslint/no-non-null-assertion -- a kernel file: every index is in range by construction */
import { MATCH_RANKS, matchRank } from "../../tokens/matchIndex.ts";
import { MATCH_BIAS, MATCH_KERNEL, type NetworkSpec } from "./networkSpec.ts";

/** How much a decoder makes of what a match suggests: (h · kernel_r + bias_r) / √H (`parameterShapes`). */
export class MatchReader {
  /** [R, H] */
  readonly #columns: readonly Float32Array[];
  readonly #bias: Float32Array;

  /** @param parameter weights by name; copied */
  public constructor({ hiddenSize: H }: NetworkSpec, parameter: (name: string) => Float32Array) {
    const kernel = parameter(MATCH_KERNEL);
    this.#columns = Array.from({ length: MATCH_RANKS }, (_, rank) =>
      Float32Array.from({ length: H }, (_, unit) => kernel[unit * MATCH_RANKS + rank]!),
    );
    this.#bias = parameter(MATCH_BIAS).slice();
  }

  /**
   * What the embedding of the suggested token is multiplied by; 0 where nothing is suggested.
   * @param vectors holds h from `at` on
   * @param code as `MatchIndex` tells it
   */
  public weight(vectors: ArrayLike<number>, at: number, code: number): number {
    const rank = matchRank(code);
    if (rank === 0) {
      return 0;
    }
    const column = this.#columns[rank - 1]!;
    let sum = this.#bias[rank - 1]!;
    for (let unit = 0; unit < column.length; unit++) {
      sum += column[unit]! * vectors[at + unit]!;
    }
    return sum / Math.sqrt(column.length);
  }
}
