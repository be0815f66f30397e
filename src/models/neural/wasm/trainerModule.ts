/** A job of `assembly/trainer.ts`: one of so many parts of it; what follows are places in the memory, sizes and numbers. */
export type Job = (part: number, parts: number, ...given: number[]) => void;

/** What the module counts for its caller. */
export interface TrainerSizes {
  packedBytes(depth: number, columns: number): number;
  productScratch(columns: number): number;
  lstmScratch(laneCount: number): number;
  lstmGradientScratch(laneCount: number, hiddenSize: number): number;
  softmaxScratch(hiddenSize: number, vocabularySize: number): number;
}

/** All jobs; a number each, the same in every thread. */
export const JOBS = [
  "adam",
  "addProduct",
  "crossEntropy",
  "crossEntropyGradient",
  "lstmBackward",
  "lstmForward",
  "packMatrix",
  "pickRows",
  "repeatRow",
  "scatterRows",
  "sigmoid",
  "softmaxLoss",
  "sumParts",
  "sumRows",
  "sumSquares",
  "tanh",
] as const;

export type JobName = (typeof JOBS)[number];

/** One thread's instance of the module over the memory that all of them share. */
export interface TrainerInstance {
  /** In the order of `JOBS`. */
  readonly jobs: readonly Job[];
  readonly sizes: TrainerSizes;
}

/** Throws what WebAssembly throws where the module and the memory do not fit. */
export function instantiateTrainer(module: WebAssembly.Module, memory: WebAssembly.Memory): TrainerInstance {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, "Math.log": Math.log } });
  return { jobs: JOBS.map((name) => exports[name] as Job), sizes: exports as unknown as TrainerSizes };
}
