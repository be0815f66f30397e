import { readFileSync } from "node:fs";
import { availableParallelism, constants } from "node:os";
import type { TrainingMode } from "../../protocol/engineMessages.ts";
import type { Environment } from "./runCommand.ts";

export interface EngineEnvironmentOptions {
  /** What the user set; nothing in it is changed. Default: our own environment. */
  readonly env?: Environment;
  readonly platform?: NodeJS.Platform;
  /** Text of `/proc/cpuinfo`; default: this machine's. */
  readonly cpuInfo?: string;
  /** Threads for one TensorFlow operation; default: the processors this process may use. */
  readonly threadCount?: number;
  /** How much of the machine the process is to take; default: `fullSpeed`. */
  readonly mode?: TrainingMode;
  /** `none` hides every GPU from TensorFlow. */
  readonly gpu?: "auto" | "none";
}

/**
 * The whole environment for an engine process: the given one, and what has to be set before TensorFlow and its allocator
 * are loaded. Variables that are set already stay as they are.
 */
export function engineEnvironment(options: EngineEnvironmentOptions = {}): Record<string, string> {
  const {
    env = process.env,
    platform = process.platform,
    mode = "fullSpeed",
    threadCount = availableParallelism(),
    gpu = "auto",
  } = options;
  const given = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const isLinux = platform === "linux";
  const isBackground = mode === "background";
  return {
    TF_CPP_MIN_LOG_LEVEL: "2",
    TF_NUM_INTRAOP_THREADS: String(isBackground ? backgroundThreads(threadCount) : threadCount),
    // Eager operations run one after the other: a second pool only takes processors from the first.
    TF_NUM_INTEROP_THREADS: "1",
    // By default TensorFlow takes all of the GPU's memory; the editor and the desktop draw on the same GPU.
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    ...(isBackground ? { INKLING_ENGINE_NICE: String(constants.priority.PRIORITY_BELOW_NORMAL) } : {}),
    ...(gpu === "none" ? { CUDA_VISIBLE_DEVICES: "-1" } : {}),
    ...(isLinux ? keepFreedTensorsMapped : {}),
    ...(isLinux ? fastestProducts(options.cpuInfo ?? readCpuInfo()) : {}),
    ...given,
  };
}

/** Half of the processors: what is left keeps an editor and a build going, whatever the scheduler makes of priorities. */
function backgroundThreads(threadCount: number): number {
  return Math.max(1, Math.floor(threadCount / 2));
}

/**
 * glibc hands big blocks back to the system at each free, and every page then faults in again: 2 million faults and 7 s
 * against 7 thousand and 3.3 s for thirty passes over tensors of 32 MB. Thresholds below the largest tensor do not help
 * (32 MiB was slower than the default), and a single arena serialises TensorFlow's threads (four times slower).
 */
export const keepFreedTensorsMapped = {
  MALLOC_MMAP_THRESHOLD_: String(4 * 2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(16 * 2 ** 30),
  MALLOC_TOP_PAD_: String(256 * 2 ** 20),
};

/**
 * Which products are the fastest on this processor: those of our own ops and of oneDNN in bfloat16 where it multiplies that faster, and
 * oneDNN's where it has matrix units, which our own ops do not use.
 */
function fastestProducts(cpuInfo: string): Readonly<Record<string, string>> {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.split(/\s+/) ?? [];
  if (flags.includes("amx_bf16")) {
    return { ONEDNN_DEFAULT_FPMATH_MODE: "BF16", INKLING_ENGINE_PRODUCTS: "tensorflow" };
  }
  return flags.includes("avx512_bf16") ? { ONEDNN_DEFAULT_FPMATH_MODE: "BF16" } : {};
}

function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
