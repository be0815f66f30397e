import { join } from "node:path";
import { LmError } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import { initialWeights } from "../models/neural/initialWeights.ts";
import type { NetworkSpec } from "../models/neural/networkSpec.ts";
import { availableKernels } from "../models/neural/openKernel.ts";
import { WEIGHT_PRECISIONS } from "../models/neural/weightPrecision.ts";
import { wasmFiles } from "../node/wasmFiles.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { type DecoderBenchRow, KernelTimes, RivalTimes, TIMED_STEPS } from "./decoderTimes.ts";
import { OnnxRuntime } from "./onnxRuntime.ts";

export interface DecoderBenchArguments {
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly vocabularySize: number;
  /** Times that every kernel is measured. */
  readonly roundCount: number;
  /** Whether the path that trains is measured too: TensorFlow where it is set up. */
  readonly isEagerCompared: boolean;
  /** Whether the network reads matches; its rivals never do. */
  readonly readsMatches: boolean;
  /** Program of a Python with `onnxruntime`; null leaves that out. */
  readonly python: string | null;
}

const BATCHES = [1, 2, 4, 8] as const;

/** Measures the predictor's kernels on this machine, and who else is asked for, each in turn, so that all meet the same disturbances. */
export async function runDecoderBench(given: DecoderBenchArguments, context: CommandContext): Promise<ExitCode> {
  const { hiddenSize, layerCount, vocabularySize, roundCount, python } = given;
  const spec: NetworkSpec = { cell: "lstm", hiddenSize, layerCount, vocabularySize };
  const weights = initialWeights(spec, createRng(1));
  const matching = { ...spec, readsMatches: given.readsMatches };
  const matchingWeights = initialWeights(matching, createRng(1));
  const kernels = availableKernels(wasmFiles(join(import.meta.dirname, "wasm")));
  const tries = kernels.flatMap(({ name, create }) =>
    WEIGHT_PRECISIONS.flatMap((precision) => {
      const kernel = create(matching, matchingWeights, precision);
      return BATCHES.map((batch) => new KernelTimes(`${name} ${precision}`, kernel, batch));
    }),
  );
  const onnx = python === null ? null : await OnnxRuntime.start(python, spec, weights);
  try {
    const rivals = [
      ...(onnx === null ? [] : BATCHES.map((batch) => onnxTimes(onnx, { spec, batch }))),
      ...(given.isEagerCompared ? BATCHES.map((batch) => eagerTimes(context, { spec, batch })) : []),
    ];
    await alternate({ tries, rivals, roundCount }, context);
    const expected = new Map(
      tries.filter(({ name }) => name === "scalar float32").map((one) => [one.batch, one.logProbabilities()]),
    );
    for (const one of [...tries, ...rivals]) {
      const row = one.row(expected.get(one.batch) ?? []);
      context.terminal.result(row, describe(row));
    }
    return 0;
  } finally {
    onnx?.dispose();
  }
}

interface Tries {
  readonly tries: readonly KernelTimes[];
  readonly rivals: readonly RivalTimes[];
  readonly roundCount: number;
}

async function alternate({ tries, rivals, roundCount }: Tries, { clock, signal }: CommandContext): Promise<void> {
  // The first round is for the compiler: V8 begins with slow code and replaces it as it runs.
  for (let round = -1; round < roundCount; round++) {
    for (const one of [...tries, ...rivals]) {
      if (signal.aborted) {
        throw new LmError("cancelled", "The measurement was cancelled.");
      }
      await one.measure(clock, { isKept: round >= 0 });
      // V8 compiles on a thread of its own and Ctrl+C arrives on this one: both need a moment.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

interface RivalSize {
  readonly spec: NetworkSpec;
  readonly batch: number;
}

function onnxTimes(onnx: OnnxRuntime, { spec, batch }: RivalSize): RivalTimes {
  return new RivalTimes({
    spec,
    batch,
    time: async () => ({ name: "onnxruntime", ...(await onnx.time(batch, TIMED_STEPS)) }),
  });
}

function eagerTimes({ engine, signal }: CommandContext, { spec, batch }: RivalSize): RivalTimes {
  const { hiddenSize, layerCount, vocabularySize } = spec;
  const job = { hiddenSize, layerCount, vocabularySize, batch, stepCount: TIMED_STEPS };
  return new RivalTimes({
    spec,
    batch,
    time: async () => {
      const answer = await engine.request("timeNetwork", job, { signal });
      return { name: `${answer.backend}, eager`, ...answer };
    },
  });
}

function describe(row: DecoderBenchRow): string {
  const { kernel, hidden, layers, vocabulary, batch, advanceMs, logitsMs, bothMs, difference } = row;
  const spread = ({ median, minimum }: { readonly median: number; readonly minimum: number }): string =>
    `${median.toFixed(3)} ms (least ${minimum.toFixed(3)})`;
  const parts =
    advanceMs === null || logitsMs === null ? [] : [`step ${spread(advanceMs)}`, `distribution ${spread(logitsMs)}`];
  return `${kernel.padEnd(17)} ${layers}×${hidden}, ${vocabulary} pieces, batch ${batch}: ${[...parts, `both ${spread(bothMs)}`].join(", ")}; off by ${difference.toExponential(1)}`;
}
