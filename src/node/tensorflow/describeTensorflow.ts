import { provideAddon, type AddonOptions } from "./addon.ts";
import { LmError } from "../../base/errors.ts";
import { inspectCandidate, tensorflowCandidates } from "./installation.ts";
import { detectNvidia } from "./nvidia.ts";
import { probeAddon } from "./probeAddon.ts";
import {
  createSetUpContext,
  platformReason,
  type SetUpContext,
  type SetUpContextOptions,
  type TensorflowFlavour,
} from "./setupContext.ts";

export interface TensorflowSearch extends SetUpContextOptions {
  /** A TensorFlow that the user chose: its folder, or an environment that holds it. */
  readonly settingPath?: string | null;
  /** The selected Python, or its environment's folder. */
  readonly pythonPath?: string | null;
  /** `none`: do not look for the GPU's TensorFlow. */
  readonly gpu?: "auto" | "none";
  /** Whether a missing addon may be compiled now (10 s to a minute); default: no. */
  readonly mayBuild?: boolean;
}

export interface UsableTensorflow {
  readonly version: string;
  /** The folder that holds `tensorflow/`. */
  readonly path: string;
  readonly addonPath: string;
  readonly isGpuUsed: boolean;
}

export interface TensorflowDescription {
  /** The first TensorFlow that loads, or `null`. */
  readonly tensorflow: UsableTensorflow | null;
  /** For people: why not TensorFlow, why not one that was asked for, why not the GPU. */
  readonly reasons: readonly string[];
}

/** Finds a TensorFlow that really loads; everything that stands in the way becomes a reason, nothing throws but an abort. */
export async function describeTensorflow(options: TensorflowSearch = {}): Promise<TensorflowDescription> {
  const context = createSetUpContext(options);
  const unsupported = platformReason(context.platform);
  if (unsupported !== null) {
    return { tensorflow: null, reasons: [unsupported] };
  }
  const { flavours, reasons } = await wantedFlavours(options.gpu ?? "auto", context);
  const found = await findTensorflow({ ...options, flavours }, context);
  const all = [...reasons, ...found.reasons];
  if (found.tensorflow !== null) {
    return { tensorflow: found.tensorflow, reasons: [...all, ...gpuReasons(found.tensorflow, flavours)] };
  }
  const none = all.length === 0 ? ["TensorFlow is not installed; run the set-up (inkling setup) to install it"] : [];
  return { tensorflow: null, reasons: [...all, ...none] };
}

/** Which of our installations to look for, best first, and what is odd about this machine's GPU. */
export async function wantedFlavours(
  gpu: "auto" | "none",
  context: SetUpContext,
): Promise<{ readonly flavours: readonly TensorflowFlavour[]; readonly reasons: readonly string[] }> {
  if (gpu === "none") {
    return { flavours: ["cpu", "gpu"], reasons: [] };
  }
  const nvidia = await detectNvidia({ run: context.run });
  context.signal.throwIfAborted();
  return { flavours: nvidia.isPresent ? ["gpu", "cpu"] : ["cpu", "gpu"], reasons: nvidia.reasons };
}

export interface FindOptions extends Pick<TensorflowSearch, "settingPath" | "pythonPath" | "mayBuild"> {
  readonly flavours: readonly TensorflowFlavour[];
}

/** The first candidate that loads, and why those before it do not. */
export async function findTensorflow(options: FindOptions, context: SetUpContext): Promise<TensorflowDescription> {
  const { settingPath = null, pythonPath = null, flavours, mayBuild = false } = options;
  const reasons: string[] = [];
  for (const candidate of tensorflowCandidates(context, { settingPath, pythonPath, flavours })) {
    const inspection = await inspectCandidate(candidate);
    if (inspection.kind === "misfit") {
      reasons.push(inspection.reason);
    } else if (inspection.kind === "fits") {
      const result = await tryInstallation({ installation: inspection.installation, mayBuild }, context);
      if (result.kind === "usable") {
        return { tensorflow: result.tensorflow, reasons: [...reasons, ...result.warnings] };
      }
      reasons.push(result.reason);
    }
  }
  return { tensorflow: null, reasons };
}

export type TryResult =
  | { readonly kind: "usable"; readonly tensorflow: UsableTensorflow; readonly warnings: readonly string[] }
  | { readonly kind: "unusable"; readonly reason: string; readonly error: LmError | null };

/** Gets an addon for an installation and loads both in a process of their own. */
export async function tryInstallation(options: AddonOptions, context: SetUpContext): Promise<TryResult> {
  const { directory, version } = options.installation;
  let addonPath: string | null;
  try {
    addonPath = await provideAddon(options, context);
  } catch (error) {
    if (!(error instanceof LmError)) {
      throw error;
    }
    return { kind: "unusable", reason: error.message, error };
  }
  if (addonPath === null) {
    const reason = `TensorFlow ${version} in ${directory} has no addon yet; run the set-up (inkling setup) to build it`;
    return { kind: "unusable", reason, error: null };
  }
  context.onProgress({ phase: "checking", message: "Checking that TensorFlow loads" });
  const probe = await probeAddon(addonPath, context);
  if (probe.kind === "fails") {
    const reason = `TensorFlow ${version} in ${directory} does not load: ${probe.reason}`;
    return { kind: "unusable", reason, error: new LmError("tensorflowUnusable", reason) };
  }
  const tensorflow = { version: probe.version, path: directory, addonPath, isGpuUsed: probe.isGpuUsed };
  return { kind: "usable", tensorflow, warnings: probe.warnings };
}

function gpuReasons(tensorflow: UsableTensorflow, flavours: readonly TensorflowFlavour[]): readonly string[] {
  return flavours[0] === "gpu" && !tensorflow.isGpuUsed
    ? ["there is an NVIDIA GPU, but this TensorFlow does not use it; run the set-up (inkling setup --gpu auto)"]
    : [];
}
