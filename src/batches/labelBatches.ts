import { type Rng, shuffle } from "../base/rng.ts";

/** A text with its labels as numbers. */
export interface LabelledSequence {
  /** int32 [n·F]: ids of each unit's fields; n is at least 1 */
  readonly units: Int32Array;
  /** int32: one for each unit, or one for all of them; each in [0, K), or −1 for a label that the model does not have */
  readonly labels: Int32Array;
}

/** Sequences side by side, filled up to the longest. Time-major, so that a step's rows lie together. */
export interface LabelBatch {
  /** T: units of the longest */
  readonly stepCount: number;
  /** B */
  readonly laneCount: number;
  /** n of each, [B] */
  readonly lengths: Int32Array;
  /** [T·B·F]; 0 behind a sequence's end */
  readonly ids: Int32Array;
  /** [T·B]: for each place the one that is as far from its sequence's end as it is from the beginning; places behind the end stay */
  readonly mirrored: Int32Array;
  /** [B]: the place of each sequence's last unit */
  readonly ends: Int32Array;
  /** [T·B]: 1 where there is a unit */
  readonly mask: Float32Array;
  /** [T·B] where each unit has a label, else [B]; 0 where there is none */
  readonly targets: Int32Array;
  /** As many: 1 where the target counts */
  readonly weights: Float32Array;
}

/** @param sequences at least one */
export function packSequences(
  sequences: readonly LabelledSequence[],
  { fieldCount: F, isEach }: { readonly fieldCount: number; readonly isEach: boolean },
): LabelBatch {
  const lengths = Int32Array.from(sequences, ({ units }) => units.length / F);
  const [T, B] = [Math.max(...lengths), sequences.length];
  if (!lengths.every((length) => length >= 1)) {
    throw new RangeError("Expected each of `sequences` to have a unit");
  }
  const cells = T * B;
  const batch = {
    ids: new Int32Array(cells * F),
    mirrored: Int32Array.from({ length: cells }, (_, cell) => cell),
    ends: Int32Array.from(lengths, (length, lane) => (length - 1) * B + lane),
    mask: new Float32Array(cells),
    targets: new Int32Array(isEach ? cells : B),
    weights: new Float32Array(isEach ? cells : B),
  };
  sequences.forEach(({ units, labels }, lane) => {
    const length = lengths[lane] as number;
    const setTarget = (at: number, label: number): void => {
      batch.targets[at] = Math.max(label, 0);
      batch.weights[at] = label < 0 ? 0 : 1;
    };
    for (let t = 0; t < length; t++) {
      const cell = t * B + lane;
      batch.ids.set(units.subarray(t * F, (t + 1) * F), cell * F);
      batch.mirrored[cell] = (length - 1 - t) * B + lane;
      batch.mask[cell] = 1;
      if (isEach) {
        setTarget(cell, labels[t] ?? -1);
      }
    }
    if (!isEach) {
      setTarget(lane, labels[0] ?? -1);
    }
  });
  return { stepCount: T, laneCount: B, lengths, ...batch };
}

export interface BatchLimits {
  /** B at most */
  readonly laneCount: number;
  /** T·B at most, but for a sequence that is longer by itself */
  readonly cellCount: number;
}

/** Pools that are sorted by length: so long that little is filled up, so short that batches differ from pass to pass. */
const POOL_BATCHES = 20;

/**
 * Indices of sequences that go together, so that little is filled up: each once, those of like length side by side.
 * @param lengths units of each sequence
 * @param rng     decides what goes together, and the order; null: as they are sorted
 */
export function planBatches(
  lengths: readonly number[],
  { laneCount, cellCount }: BatchLimits,
  rng: Rng | null,
): readonly (readonly number[])[] {
  const order = lengths.map((_, index) => index);
  const poolSize = rng === null ? Math.max(1, order.length) : laneCount * POOL_BATCHES;
  if (rng !== null) {
    shuffle(order, rng);
  }
  const batches: number[][] = [];
  for (let from = 0; from < order.length; from += poolSize) {
    const pool = order.slice(from, from + poolSize).sort((a, b) => (lengths[a] as number) - (lengths[b] as number));
    let batch: number[] = [];
    for (const index of pool) {
      // The longest comes last: what the batch would be filled up to.
      const cells = (lengths[index] as number) * (batch.length + 1);
      if (batch.length > 0 && (batch.length === laneCount || cells > cellCount)) {
        batches.push(batch);
        batch = [];
      }
      batch.push(index);
    }
    batches.push(batch);
  }
  return rng === null ? batches : shuffle(batches, rng);
}
