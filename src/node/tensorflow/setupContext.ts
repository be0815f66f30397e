import { join } from "node:path";
import { LmError } from "../../base/errors.ts";
import { cacheDirectory } from "./cacheDirectory.ts";
import { runCommand, type Environment, type RunCommand } from "./runCommand.ts";

/** The TensorFlow that set-up installs. */
export const pinnedTensorflowVersion = "2.21.0";

export type TensorflowFlavour = "cpu" | "gpu";

export interface SetUpProgress {
  readonly phase: "looking" | "waiting" | "downloading" | "unpacking" | "compiling" | "checking";
  /** For people. */
  readonly message: string;
  /** Share of the phase that is done, in [0, 1], where that is known. */
  readonly fraction?: number;
}

/** The world of set-up and search: what tests replace, and what callers choose. */
export interface SetUpContext {
  readonly env: Environment;
  readonly platform: { readonly os: NodeJS.Platform; readonly cpu: string; readonly isGlibc: boolean };
  readonly run: RunCommand;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SetUpProgress) => void;
  /** Where downloads and builds may go, best first; never empty. */
  readonly roots: readonly string[];
  /** Where the search for `dist/native` and `node_modules` begins. */
  readonly startDirectory: string;
  /** The Node that loads the addon. */
  readonly nodePath: string;
}

export interface SetUpContextOptions {
  readonly env?: Environment;
  readonly platform?: SetUpContext["platform"];
  readonly run?: RunCommand;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SetUpProgress) => void;
  /** Further cache roots beside the shared one, e.g. the extension's global storage. */
  readonly extraRoots?: readonly string[];
  readonly startDirectory?: string;
  readonly nodePath?: string;
}

/** Fills in this process's world where the caller leaves something out. */
export function createSetUpContext(options: SetUpContextOptions = {}): SetUpContext {
  const env = options.env ?? process.env;
  return {
    env,
    platform: options.platform ?? { os: process.platform, cpu: process.arch, isGlibc: isGlibc() },
    run: options.run ?? runCommand,
    signal: options.signal ?? new AbortController().signal,
    onProgress: options.onProgress ?? (() => undefined),
    roots: [cacheDirectory({ env }), ...(options.extraRoots ?? [])],
    startDirectory: options.startDirectory ?? import.meta.dirname,
    nodePath: options.nodePath ?? process.execPath,
  };
}

/** Why TensorFlow cannot be had on this platform at all; `null` where it can. */
export function platformReason(platform: SetUpContext["platform"]): string | null {
  if (platform.os !== "linux" || platform.cpu !== "x64") {
    return `TensorFlow is supported on Linux x64; this is ${platform.os} ${platform.cpu}`;
  }
  return platform.isGlibc ? null : "TensorFlow needs a Linux with glibc; this one has another C library (musl)";
}

/** The directory of an installation made by set-up. */
export function ownedDirectory(root: string, flavour: TensorflowFlavour): string {
  return join(root, "tensorflow", `${flavour}-${pinnedTensorflowVersion}`);
}

/** The error for a file operation in a cache directory that failed. */
export function cacheError(error: unknown, directory: string): LmError {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LmError(
      "diskFull",
      `The disk of ${directory} is full. Free some space, or point INKLING_CACHE at a folder on another disk, and set up again.`,
      { facts: { directory }, cause: error },
    );
  }
  if (
    code === "EACCES" ||
    code === "EPERM" ||
    code === "EROFS" ||
    code === "ENOTDIR" ||
    code === "EEXIST" ||
    code === "ENOENT"
  ) {
    return new LmError(
      "cacheUnwritable",
      `Inkling cannot write to its cache ${directory} (${code}). Make it writable, or point INKLING_CACHE at a folder that is.`,
      { facts: { directory }, cause: error },
    );
  }
  return new LmError("unexpected", error instanceof Error ? error.message : String(error), { cause: error });
}

function isGlibc(): boolean {
  if (process.platform !== "linux") {
    return false;
  }
  const report: unknown = process.report.getReport();
  const header = typeof report === "object" && report !== null && "header" in report ? report.header : null;
  return typeof header === "object" && header !== null && "glibcVersionRuntime" in header;
}
