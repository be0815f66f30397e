import type { WeightMap } from "./networkSpec.ts";

export interface RowTransfer {
  /** H */
  readonly hiddenSize: number;
  /** For each new id the old ids that it is made of, at least one; one alone is the same piece. */
  readonly parts: readonly ArrayLike<number>[];
  /** How often each new id, [V'], and each old id, [V], came in the same text. */
  readonly counts: ArrayLike<number>;
  readonly oldCounts: ArrayLike<number>;
}

/** Added to each count, so that what never came has a logarithm. */
const PRIOR_COUNT = 0.5;

/**
 * A network's weights for another vocabulary. A piece that both have keeps its row; a new one begins with the mean of its parts' rows, as vectors of words are made of
 * those of their pieces, and with the bias of its first part, which is what was predicted in its place, by as much rarer as it is. All that does not depend on the vocabulary stays.
 * @returns copies; `embedding` [V', H], `softmax/bias` [V']
 */
export function transferRows(weights: WeightMap, transfer: RowTransfer): WeightMap {
  const { hiddenSize: H, parts, counts, oldCounts } = transfer;
  const oldRows = weights.get("embedding") as Float32Array;
  const oldBias = weights.get("softmax/bias") as Float32Array;
  const rows = new Float32Array(parts.length * H);
  const bias = new Float32Array(parts.length);
  parts.forEach((ids, id) => {
    const row = rows.subarray(id * H, (id + 1) * H);
    for (const part of Array.from(ids)) {
      for (let j = 0; j < H; j++) {
        row[j] = (row[j] as number) + (oldRows[part * H + j] as number) / ids.length;
      }
    }
    const first = ids[0] as number;
    const rarer = Math.log((counts[id] as number) + PRIOR_COUNT) - Math.log((oldCounts[first] as number) + PRIOR_COUNT);
    bias[id] = (oldBias[first] as number) + (ids.length === 1 ? 0 : Math.min(0, rarer));
  });
  const copies = [...weights].map(([name, values]) => [name, values.slice()] as const);
  return new Map([...copies, ["embedding", rows] as const, ["softmax/bias", bias] as const]);
}
