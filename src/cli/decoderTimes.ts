import type { Clock } from "../base/ports.ts";
import { MATCH_RANKS, matchCode } from "../tokens/matchIndex.ts";
import type { NetworkSpec } from "../models/neural/networkSpec.ts";
import { blankState, type RecurrentKernel, type RecurrentState } from "../models/neural/recurrentKernel.ts";
import type { RivalAnswer } from "./onnxRuntime.ts";

/** What was measured of one kernel with so many lanes at once, all lanes together. */
export interface DecoderBenchRow {
  readonly kernel: string;
  readonly hidden: number;
  readonly layers: number;
  readonly vocabulary: number;
  readonly batch: number;
  /** One step of the network; null where only both together can be timed. */
  readonly advanceMs: Spread | null;
  /** The distribution over the next token. */
  readonly logitsMs: Spread | null;
  readonly bothMs: Spread;
  /** The largest difference of a log probability of lane 0 from that of the plain kernel with float32 weights, after `TIMED_STEPS` steps. */
  readonly difference: number;
}

export interface Spread {
  readonly median: number;
  readonly minimum: number;
}

/** Calls that are timed together, so that the clock's grain does not matter. */
export const TIMED_STEPS = 8;

/** Times of one kernel with B lanes. */
export class KernelTimes {
  public readonly name: string;
  public readonly batch: number;
  readonly #kernel: RecurrentKernel;
  readonly #outs: readonly Float32Array[];
  readonly #advanceMs: number[] = [];
  readonly #logitsMs: number[] = [];
  readonly #bothMs: number[] = [];

  public constructor(name: string, kernel: RecurrentKernel, batch: number) {
    const V = kernel.spec.vocabularySize;
    this.name = name;
    this.#kernel = kernel;
    this.batch = batch;
    this.#outs = Array.from({ length: batch }, () => new Float32Array(V));
  }

  public measure(clock: Clock, { isKept }: { readonly isKept: boolean }): void {
    const { spec } = this.#kernel;
    let states: readonly RecurrentState[] = this.#outs.map(() => blankState(spec));
    const matches = spec.readsMatches === true ? this.#outs.map((_, lane) => codeOf(lane, spec)) : undefined;
    const startedMs = clock.nowMs();
    for (let call = 0; call < TIMED_STEPS; call++) {
      states = this.#kernel.step(
        states,
        states.map((_, lane) => (call + lane) % spec.vocabularySize),
      );
    }
    const advancedMs = clock.nowMs();
    for (let call = 0; call < TIMED_STEPS; call++) {
      this.#kernel.logProbabilities(states, this.#outs, matches);
    }
    const endedMs = clock.nowMs();
    if (isKept) {
      this.#advanceMs.push((advancedMs - startedMs) / TIMED_STEPS);
      this.#logitsMs.push((endedMs - advancedMs) / TIMED_STEPS);
      this.#bothMs.push((endedMs - startedMs) / TIMED_STEPS);
    }
  }

  /** What lane 0 expected last. */
  public logProbabilities(): Float32Array {
    return this.#outs[0] as Float32Array;
  }

  /** @param expected what lane 0 should expect */
  public row(expected: ArrayLike<number>): DecoderBenchRow {
    return {
      ...sizesOf({ spec: this.#kernel.spec, batch: this.batch }),
      kernel: this.name,
      advanceMs: spreadOf(this.#advanceMs),
      logitsMs: spreadOf(this.#logitsMs),
      bothMs: spreadOf(this.#bothMs),
      difference: largestDifference(this.logProbabilities(), expected),
    };
  }
}

export interface Rival {
  readonly spec: NetworkSpec;
  readonly batch: number;
  /** Times a step with its distribution, over `TIMED_STEPS` of them. */
  readonly time: () => Promise<RivalAnswer & { readonly name: string }>;
}

/** Times of something else that computes the same, with B lanes. */
export class RivalTimes {
  readonly #rival: Rival;
  readonly #bothMs: number[] = [];
  #answer: Awaited<ReturnType<Rival["time"]>> | undefined;

  public constructor(rival: Rival) {
    this.#rival = rival;
  }

  public get batch(): number {
    return this.#rival.batch;
  }

  public async measure(_clock: Clock, { isKept }: { readonly isKept: boolean }): Promise<void> {
    this.#answer = await this.#rival.time();
    if (isKept) {
      this.#bothMs.push(this.#answer.stepMs);
    }
  }

  /** @param expected what lane 0 should expect */
  public row(expected: ArrayLike<number>): DecoderBenchRow {
    const { spec, batch } = this.#rival;
    return {
      ...sizesOf({ spec, batch }),
      kernel: this.#answer?.name ?? "unknown",
      advanceMs: null,
      logitsMs: null,
      bothMs: spreadOf(this.#bothMs),
      difference: largestDifference(this.#answer?.logProbabilities ?? [], expected),
    };
  }
}

function sizesOf({
  spec: { hiddenSize, layerCount, vocabularySize },
  batch,
}: {
  readonly spec: NetworkSpec;
  readonly batch: number;
}): Pick<DecoderBenchRow, "hidden" | "layers" | "vocabulary" | "batch"> {
  return { hidden: hiddenSize, layers: layerCount, vocabulary: vocabularySize, batch };
}

function largestDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let token = 0; token < expected.length; token++) {
    largest = Math.max(largest, Math.abs((got[token] ?? Number.NaN) - (expected[token] as number)));
  }
  return largest;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? NaN;
  const half = sorted.length >> 1;
  return { median: sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2, minimum: at(0) };
}

/** A suggestion for a lane, at one rank or another. */
function codeOf(lane: number, { vocabularySize }: NetworkSpec): number {
  return matchCode((7 * lane) % vocabularySize, 1 + (lane % MATCH_RANKS));
}
