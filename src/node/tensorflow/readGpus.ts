import type { GpuAnswer, GpuReading } from "../../protocol/gpuUsage.ts";
import { explainOutcome, isSuccess, type CommandOutcome, type RunCommand } from "./runCommand.ts";

export interface ReadGpusOptions {
  readonly run: RunCommand;
  /** How long `nvidia-smi` may take; it is ended then, and no longer waited for. */
  readonly timeoutMs?: number;
}

/**
 * Asks `nvidia-smi` for all GPUs, whether they are used or not; never rejects where `run` does not. What the program prints beside its
 * rows, such as warnings, is passed over.
 */
export async function readGpus({ run, timeoutMs = ANSWER_MS }: ReadGpusOptions): Promise<GpuAnswer> {
  const outcome = await runInTime(run, timeoutMs);
  if (outcome === null) {
    return {
      kind: "failed",
      reason: `nvidia-smi did not answer within ${String(timeoutMs / 1000)} s: check the driver`,
    };
  }
  if (outcome.kind === "unstartable") {
    return { kind: "absent" };
  }
  if (!isSuccess(outcome)) {
    const words = explainOutcome(outcome, 1);
    return { kind: "failed", reason: `nvidia-smi is installed but reaches no GPU: check the driver (${words})` };
  }
  return { kind: "read", gpus: outcome.stdout.split(/\r?\n/).flatMap(readRow) };
}

export interface GpuReaderOptions {
  /** `none`: no GPU is to be used, so none is asked for. */
  readonly gpu: "auto" | "none";
  readonly platform?: NodeJS.Platform;
  readonly run: RunCommand;
}

/**
 * A reader of this machine's GPUs, which has one program running at a time: who asks meanwhile gets the same answer. Where TensorFlow
 * could use no GPU it starts none and answers `absent`.
 */
export function openGpuReader(options: GpuReaderOptions): () => Promise<GpuAnswer> {
  const { gpu, platform = process.platform, run } = options;
  if (gpu === "none" || platform !== "linux") {
    return () => Promise.resolve({ kind: "absent" });
  }
  let pending: Promise<GpuAnswer> | undefined;
  return () => {
    pending ??= readGpus({ run }).finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

/** Where no process holds the driver it is started for the question, which takes seconds where there are many GPUs. */
const ANSWER_MS = 10_000;

const BYTES_PER_MEBIBYTE = 2 ** 20;

/**
 * The fields are those of `nvidia-smi --help-query-gpu`: memory in MiB, utilisation in per cent of the time in which at least one
 * kernel ran.
 */
const ARGUMENTS = [
  "--query-gpu=name,driver_version,memory.total,memory.used,utilization.gpu",
  "--format=csv,noheader,nounits",
];

/** Null where it took too long. A program that hangs inside the driver cannot even be killed, so its end is not waited for. */
async function runInTime(run: RunCommand, timeoutMs: number): Promise<CommandOutcome | null> {
  const expiry = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((settle) => {
    timer = setTimeout(() => {
      expiry.abort();
      settle(null);
    }, timeoutMs);
  });
  try {
    return await Promise.race([run("nvidia-smi", ARGUMENTS, { signal: expiry.signal }), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The GPU that a row tells of; none where it is no row of ours. */
function readRow(row: string): readonly GpuReading[] {
  const cells = row.split(",").map((cell) => cell.trim());
  const [driver, total, used, utilisation] = cells.slice(-4);
  // A name may have commas of its own.
  const name = cells.slice(0, -4).join(", ");
  if (name === "" || driver === undefined || !/^(?:\d+(?:\.\d+)*|\[.*\]|N\/A)$/.test(driver)) {
    return [];
  }
  const totalBytes = readNumber(total, BYTES_PER_MEBIBYTE);
  const percent = readNumber(utilisation, 1);
  return [
    {
      name,
      driverVersion: /^\d/.test(driver) ? driver : null,
      usedBytes: readNumber(used, BYTES_PER_MEBIBYTE),
      totalBytes: totalBytes === 0 ? null : totalBytes,
      utilisation: percent === null ? null : Math.min(1, percent / 100),
    },
  ];
}

/** A number times its unit; null for `[N/A]`, `[Not Supported]`, `[Unknown Error]` and whatever else is none. */
function readNumber(cell: string | undefined, unit: number): number | null {
  const digits = /^(\d+(?:\.\d+)?)(?:\s*(?:MiB|%))?$/.exec(cell ?? "")?.[1];
  return digits === undefined ? null : Number(digits) * unit;
}
