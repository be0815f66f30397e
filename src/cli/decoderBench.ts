import { join } from "node:path";
import { LmError } from "../base/errors.ts";
import type { Clock } from "../base/ports.ts";
import { createRng } from "../base/rng.ts";
import { initialWeights } from "../models/neural/initialWeights.ts";
import type { NetworkSpec } from "../models/neural/networkSpec.ts";
import { availableKernels } from "../models/neural/openKernel.ts";
import type { RecurrentKernel, RecurrentState } from "../models/neural/recurrentKernel.ts";
import { decoderFiles } from "../node/decoderFiles.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";

export interface DecoderBenchArguments {
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly vocabularySize: number;
  /** Times that every kernel is measured. */
  readonly roundCount: number;
}

/** What was measured of one kernel with so many lanes at once, all lanes together. */
export interface DecoderBenchRow {
  readonly kernel: string;
  readonly hidden: number;
  readonly layers: number;
  readonly vocabulary: number;
  readonly batch: number;
  /** One step of the network. */
  readonly advanceMs: Spread;
  /** The distribution over the next token. */
  readonly logitsMs: Spread;
}

export interface Spread {
  readonly median: number;
  readonly minimum: number;
}

const BATCHES = [1, 2, 4, 8] as const;

/** Calls that are timed together, so that the clock's grain does not matter. */
const CALLS = 8;

/** Measures the predictor's kernels on this machine, each in turn, so that all meet the same disturbances. */
export async function runDecoderBench(
  given: DecoderBenchArguments,
  { clock, terminal, signal }: CommandContext,
): Promise<ExitCode> {
  const { hiddenSize, layerCount, vocabularySize } = given;
  const spec: NetworkSpec = { cell: "lstm", hiddenSize, layerCount, vocabularySize };
  const weights = initialWeights(spec, createRng(1));
  const kernels = availableKernels(decoderFiles(join(import.meta.dirname, "wasm"))).map(({ name, create }) => ({
    name,
    kernel: create(spec, weights),
  }));
  const tries = kernels.flatMap(({ name, kernel }) => BATCHES.map((batch) => new KernelTimes(name, kernel, batch)));
  // The first round is for the compiler: V8 begins with slow code and replaces it as it runs.
  for (let round = -1; round < given.roundCount; round++) {
    for (const one of tries) {
      if (signal.aborted) {
        throw new LmError("cancelled", "The measurement was cancelled.");
      }
      one.measure(clock, { isKept: round >= 0 });
      // V8 compiles on a thread of its own and Ctrl+C arrives on this one: both need a moment.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  for (const row of tries.map((one) => one.row())) {
    terminal.result(row, describe(row));
  }
  return 0;
}

/** Times of one kernel with B lanes. */
export class KernelTimes {
  readonly #name: string;
  readonly #kernel: RecurrentKernel;
  readonly #batch: number;
  readonly #outs: readonly Float32Array[];
  readonly #advanceMs: number[] = [];
  readonly #logitsMs: number[] = [];

  public constructor(name: string, kernel: RecurrentKernel, batch: number) {
    const V = kernel.spec.vocabularySize;
    this.#name = name;
    this.#kernel = kernel;
    this.#batch = batch;
    this.#outs = Array.from({ length: batch }, () => new Float32Array(V));
  }

  public measure(clock: Clock, { isKept }: { readonly isKept: boolean }): void {
    const { hiddenSize: H, layerCount: L, vocabularySize: V } = this.#kernel.spec;
    let states: readonly RecurrentState[] = this.#outs.map(() => ({
      hidden: new Float32Array(L * H),
      cell: new Float32Array(L * H),
    }));
    const startedMs = clock.nowMs();
    for (let call = 0; call < CALLS; call++) {
      states = this.#kernel.step(
        states,
        states.map((_, lane) => (call + lane) % V),
      );
    }
    const advancedMs = clock.nowMs();
    for (let call = 0; call < CALLS; call++) {
      this.#kernel.logProbabilities(states, this.#outs);
    }
    const endedMs = clock.nowMs();
    if (isKept) {
      this.#advanceMs.push((advancedMs - startedMs) / CALLS);
      this.#logitsMs.push((endedMs - advancedMs) / CALLS);
    }
  }

  public row(): DecoderBenchRow {
    const { hiddenSize, layerCount, vocabularySize } = this.#kernel.spec;
    return {
      kernel: this.#name,
      hidden: hiddenSize,
      layers: layerCount,
      vocabulary: vocabularySize,
      batch: this.#batch,
      advanceMs: spreadOf(this.#advanceMs),
      logitsMs: spreadOf(this.#logitsMs),
    };
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? NaN;
  const half = sorted.length >> 1;
  return { median: sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2, minimum: at(0) };
}

function describe({ kernel, hidden, layers, vocabulary, batch, advanceMs, logitsMs }: DecoderBenchRow): string {
  const spread = ({ median, minimum }: Spread): string => `${median.toFixed(3)} ms (least ${minimum.toFixed(3)})`;
  const network = `${layers}×${hidden}, ${vocabulary} pieces, batch ${batch}`;
  return `${kernel.padEnd(8)} ${network}: step ${spread(advanceMs)}, distribution ${spread(logitsMs)}`;
}
