import type { LaneBatch } from "../batches/laneBatches.ts";

/** Held-out windows, made anew for every pass. */
export interface HeldOut {
  /** Targets that count. */
  readonly tokens: number;
  /** UTF-8 bytes that they stand for. */
  readonly bytes: number;
  /** What a pass costs, in units that are alike for all passes of one network. */
  readonly work: number;
  readonly windowCount: number;
  windows(): Iterable<LaneBatch>;
}

/** Held-out text that can be had whole, or as an even part where time is short. */
export interface HeldOutSupply {
  readonly all: HeldOut;
  /** As much as costs at most `maxWork`, and at least a little. */
  within(maxWork: number): HeldOut;
}
