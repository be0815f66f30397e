import { access, readFile } from "node:fs/promises";
import { readGpus, type ReadGpusOptions } from "./readGpus.ts";

/** What this machine says about NVIDIA GPUs. */
export interface NvidiaFacts {
  /** A GPU that the driver can reach. */
  readonly isPresent: boolean;
  /** Names of the GPUs as far as they are known. */
  readonly gpus: readonly string[];
  readonly driverVersion: string | null;
  /** Why a GPU is not used or may fail; empty where nothing speaks against it, and where there is no trace of one. */
  readonly reasons: readonly string[];
}

export interface NvidiaOptions extends ReadGpusOptions {
  /** Where the kernel's driver reports. */
  readonly procDirectory?: string;
  /** Where the loader may find the driver's user-space library. */
  readonly libraryPaths?: readonly string[];
}

/** CUDA 12 programs run on drivers from this one on (NVIDIA's table of minor version compatibility). */
const oldestDriverForCuda12 = 525;

const defaultLibraryPaths = [
  "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
  "/usr/lib64/libcuda.so.1",
  "/usr/lib/libcuda.so.1",
  "/usr/lib/wsl/lib/libcuda.so.1",
  "/usr/local/nvidia/lib64/libcuda.so.1",
  "/run/opengl-driver/lib/libcuda.so.1",
];

/** Looks for an NVIDIA GPU without loading anything: asks `nvidia-smi`, then the kernel driver. */
export async function detectNvidia(options: NvidiaOptions): Promise<NvidiaFacts> {
  const { procDirectory = "/proc/driver/nvidia", libraryPaths = defaultLibraryPaths } = options;
  const answer = await readGpus(options);
  if (answer.kind === "read") {
    const names = answer.gpus.map(({ name }) => name);
    return judge(names, answer.gpus[0]?.driverVersion ?? null);
  }
  const driverVersion = await kernelDriverVersion(procDirectory);
  if (driverVersion === null) {
    const reasons = answer.kind === "failed" ? [answer.reason] : [];
    return { isPresent: false, gpus: [], driverVersion: null, reasons };
  }
  if (!(await anyExists(libraryPaths))) {
    return {
      isPresent: false,
      gpus: [],
      driverVersion,
      reasons: [`the NVIDIA kernel driver ${driverVersion} is loaded, but its library libcuda.so.1 is not installed`],
    };
  }
  return judge(["NVIDIA GPU"], driverVersion);
}

function judge(gpus: readonly string[], driverVersion: string | null): NvidiaFacts {
  if (gpus.length === 0) {
    return { isPresent: false, gpus, driverVersion, reasons: ["the NVIDIA driver reports no GPU"] };
  }
  const major = Number.parseInt(driverVersion ?? "", 10);
  if (major < oldestDriverForCuda12) {
    const reason = `the NVIDIA driver ${driverVersion ?? ""} is too old for CUDA 12: update it to ${String(oldestDriverForCuda12)} or later`;
    return { isPresent: false, gpus, driverVersion, reasons: [reason] };
  }
  return { isPresent: true, gpus, driverVersion, reasons: [] };
}

async function kernelDriverVersion(procDirectory: string): Promise<string | null> {
  try {
    const text = await readFile(`${procDirectory}/version`, "utf8");
    return /Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s/.exec(text)?.[1] ?? "unknown";
  } catch {
    return null;
  }
}

async function anyExists(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    try {
      await access(path);
      return true;
    } catch {
      // The next path may have it.
    }
  }
  return false;
}
