import { readableBytes, readableCount, readableFigure, readableShare } from "../base/readableNumbers.ts";
import { addGpuUsage, gpuRows, type GpuUsage, isGpuUsage } from "./gpuUsage.ts";
import { isRecord } from "./shapeChecks.ts";

/** The parts of a training's time, in the order of a step; `host` is what lies between two steps. */
export const STEP_PHASES = ["input", "forward", "backward", "update", "host"] as const;

export type StepPhase = (typeof STEP_PHASES)[number];

/** What steps took of time, processors and memory; looks at held-out text, saves and pauses aside. */
export interface StepUsage {
  readonly stepCount: number;
  /** Milliseconds in each part, all steps together. */
  readonly phaseMs: Readonly<Record<StepPhase, number>>;
  /** Processor time of the engine's process in that time, all its threads together. */
  readonly processorMs: number;
  /** Threads that an operation may take. */
  readonly threadCount: number;
  /** What the engine's process holds of the machine's memory, at the end. */
  readonly residentBytes: number;
  /** Tensors that are there between steps, at the end. */
  readonly tensorCount: number;
  readonly tensorBytes: number;
  /** All GPUs of the machine, read every few seconds where steps run on one; absent until the first reading came. */
  readonly gpus?: readonly GpuUsage[];
}

/** Both together: times added up, memory as it was at the end. */
export function addUsage(earlier: StepUsage | null, later: StepUsage): StepUsage {
  if (earlier === null) {
    return later;
  }
  const phaseMs = { ...later.phaseMs };
  for (const phase of STEP_PHASES) {
    phaseMs[phase] += earlier.phaseMs[phase];
  }
  return {
    ...later,
    ...addedGpus(earlier, later),
    stepCount: earlier.stepCount + later.stepCount,
    processorMs: earlier.processorMs + later.processorMs,
    phaseMs,
  };
}

function addedGpus({ gpus: earlier }: StepUsage, { gpus: later }: StepUsage): Pick<StepUsage, "gpus"> {
  const gpus = earlier === undefined || later === undefined ? (later ?? earlier) : addGpuUsage(earlier, later);
  return gpus === undefined ? {} : { gpus };
}

/** Milliseconds that it covers. */
export function usageMs({ phaseMs }: StepUsage): number {
  return STEP_PHASES.reduce((sum, phase) => sum + phaseMs[phase], 0);
}

/** Share of its threads' time in which the engine's process computed; above 1 where it has more threads than those. */
export function utilisationOf(usage: StepUsage): number {
  return usage.processorMs / (usageMs(usage) * usage.threadCount);
}

const PHASE_NAMES: Readonly<Record<StepPhase, string>> = {
  input: "Input",
  forward: "Forward",
  backward: "Backward",
  update: "Update",
  host: "Between steps",
};

/** The figures in words, for a table. */
export function usageRows(usage: StepUsage): readonly (readonly [name: string, value: string])[] {
  const totalMs = usageMs(usage);
  const { stepCount, threadCount, residentBytes, tensorCount, tensorBytes, phaseMs } = usage;
  const threads = threadCount === 1 ? "1 thread" : `${readableCount(threadCount)} threads`;
  return [
    ...STEP_PHASES.map((phase): readonly [string, string] => [
      PHASE_NAMES[phase],
      `${readableFigure(phaseMs[phase] / stepCount)} ms, ${readableShare(phaseMs[phase] / totalMs)}`,
    ]),
    ["Whole step", `${readableFigure(totalMs / stepCount)} ms`],
    ["Utilisation", `${readableShare(utilisationOf(usage))} of ${threads}`],
    ["Memory", readableBytes(residentBytes)],
    ["Tensors", `${readableCount(tensorCount)}, ${readableBytes(tensorBytes)}`],
    ...gpuRows(usage.gpus ?? []),
  ];
}

/** Whether a value tells of at least one step that took time. */
export function isStepUsage(value: unknown): value is StepUsage {
  if (!isRecord(value) || !isRecord(value["phaseMs"])) {
    return false;
  }
  const { phaseMs, gpus } = value;
  const figures = ["stepCount", "processorMs", "threadCount", "residentBytes", "tensorCount", "tensorBytes"];
  return (
    [...figures.map((key) => value[key]), ...STEP_PHASES.map((phase) => phaseMs[phase])].every(isAmount) &&
    Number(value["stepCount"]) > 0 &&
    Number(value["threadCount"]) > 0 &&
    usageMs(value as unknown as StepUsage) > 0 &&
    (gpus === undefined || (Array.isArray(gpus) && gpus.every(isGpuUsage)))
  );
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
