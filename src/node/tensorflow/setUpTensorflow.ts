import { LmError } from "../../base/errors.ts";
import {
  findTensorflow,
  tryInstallation,
  wantedFlavours,
  type TensorflowSearch,
  type UsableTensorflow,
} from "./describeTensorflow.ts";
import { discardFolder } from "./installFolder.ts";
import { installTensorflow, type InstalledTensorflow } from "./installTensorflow.ts";
import {
  createSetUpContext,
  pinnedTensorflowVersion,
  platformReason,
  type SetUpContext,
  type TensorflowFlavour,
} from "./setupContext.ts";

export type SetUpOptions = Omit<TensorflowSearch, "mayBuild">;

export type SetUpOutcome =
  | { readonly kind: "ready"; readonly tensorflow: UsableTensorflow; readonly reasons: readonly string[] }
  /** This platform has no TensorFlow for us; the portable backend does everything. */
  | { readonly kind: "portable"; readonly reasons: readonly string[] }
  | { readonly kind: "cancelled" };

/**
 * Makes TensorFlow usable: takes one that is there, else installs the pinned one and its addon. What is done stays done, so
 * that an interrupted set-up goes on from there.
 * @throws LmError `noPython`, `noNetwork`, `noCompiler`, `diskFull`, `cacheUnwritable`, `commandFailed`, `tensorflowUnusable`
 */
export async function setUpTensorflow(options: SetUpOptions = {}): Promise<SetUpOutcome> {
  const context = createSetUpContext(options);
  try {
    return await setUp(options, context);
  } catch (error) {
    if (context.signal.aborted) {
      return { kind: "cancelled" };
    }
    throw error;
  }
}

async function setUp(options: SetUpOptions, context: SetUpContext): Promise<SetUpOutcome> {
  const unsupported = platformReason(context.platform);
  if (unsupported !== null) {
    return { kind: "portable", reasons: [unsupported] };
  }
  context.signal.throwIfAborted();
  context.onProgress({ phase: "looking", message: "Looking for TensorFlow" });
  const { flavours, reasons } = await wantedFlavours(options.gpu ?? "auto", context);
  const [wanted = "cpu"] = flavours;
  const found = await findTensorflow({ ...options, flavours, mayBuild: true }, context);
  if (found.tensorflow !== null && (wanted === "cpu" || found.tensorflow.isGpuUsed)) {
    return { kind: "ready", tensorflow: found.tensorflow, reasons: [...reasons, ...found.reasons] };
  }
  const installed = await installAndTry(wanted, context);
  if (wanted === "gpu" && !installed.isGpuUsed) {
    const reason = `TensorFlow ${pinnedTensorflowVersion} for CUDA is installed but does not use the GPU; the CPU is used`;
    return { kind: "ready", tensorflow: installed, reasons: [...reasons, reason] };
  }
  return { kind: "ready", tensorflow: installed, reasons };
}

/** Installs into the first root that can be written; an installation that does not load is replaced once. */
async function installAndTry(flavour: TensorflowFlavour, context: SetUpContext): Promise<UsableTensorflow> {
  const { directory, wasThere } = await installSomewhere(flavour, context);
  const first = await tryOwned(directory, context);
  if (first.kind === "usable") {
    return first.tensorflow;
  }
  if (!wasThere || first.error?.code !== "tensorflowUnusable") {
    throw first.error ?? new LmError("tensorflowUnusable", first.reason);
  }
  await discardFolder(directory);
  const again = await installSomewhere(flavour, context);
  const second = await tryOwned(again.directory, context);
  if (second.kind === "usable") {
    return second.tensorflow;
  }
  throw second.error ?? new LmError("tensorflowUnusable", second.reason);
}

function tryOwned(directory: string, context: SetUpContext): ReturnType<typeof tryInstallation> {
  const installation = { directory, version: pinnedTensorflowVersion, origin: "cache", isOwned: true } as const;
  return tryInstallation({ installation, mayBuild: true }, context);
}

async function installSomewhere(flavour: TensorflowFlavour, context: SetUpContext): Promise<InstalledTensorflow> {
  let failure: LmError | null = null;
  for (const root of context.roots) {
    try {
      return await installTensorflow(flavour, root, context);
    } catch (error) {
      if (!(error instanceof LmError) || (error.code !== "cacheUnwritable" && error.code !== "diskFull")) {
        throw error;
      }
      failure ??= error;
    }
  }
  throw failure ?? new LmError("cacheUnwritable", "Inkling has no cache folder to install TensorFlow into.");
}
