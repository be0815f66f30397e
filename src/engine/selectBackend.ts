import { LmError } from "../base/errors.ts";
import type { NeuralKernels } from "../models/neural/neuralKernels.ts";
import type { CudnnChoice, CudnnWish } from "../models/neural/chooseCudnn.ts";
import { createNativeKernels } from "../models/neural/nativeKernels.ts";
import { createGpuKernels } from "../models/neural/tensorflowKernels.ts";
import type { BackendChoice, BackendDescription } from "../protocol/backendDescription.ts";
import { loadPortable, type PortableContext } from "./portableBackend.ts";
import { loadTensorflow } from "./tensorflowBackend.ts";

/** What computes in this thread from now on. */
export interface Backend {
  readonly description: BackendDescription;
  readonly kernels: NeuralKernels;
}

/** A TensorFlow on this machine, or why there is none that can be used. */
export interface TensorflowSearch {
  readonly tensorflow: { readonly version: string; readonly path: string; readonly addonPath: string } | null;
  /** For people. */
  readonly reasons: readonly string[];
}

export interface BackendContext extends PortableContext {
  readonly findTensorflow: () => Promise<TensorflowSearch>;
  /** Whether large products are TensorFlow's, and not of our own ops. */
  readonly leavesProductsToTensorflow: boolean;
  readonly cudnn: CudnnWish;
}

/**
 * Loads what `choice` asks for: `auto` takes TensorFlow where it can be had, else the portable backend and says why.
 * Throws `LmError("tensorflowMissing")` where TensorFlow was asked for by name and cannot be had.
 */
export async function selectBackend(choice: BackendChoice, context: BackendContext): Promise<Backend> {
  if (choice === "portable") {
    return startPortable(["The portable backend was chosen."], context);
  }
  const search = await context.findTensorflow();
  if (search.tensorflow !== null) {
    const attempt = await startTensorflow(search.tensorflow, search.reasons, context);
    if (attempt.kind === "backend") {
      return attempt.backend;
    }
    return fallBack(choice, [attempt.reason, ...search.reasons], context);
  }
  return fallBack(choice, search.reasons, context);
}

type Attempt =
  { readonly kind: "backend"; readonly backend: Backend } | { readonly kind: "failed"; readonly reason: string };

async function startTensorflow(
  found: NonNullable<TensorflowSearch["tensorflow"]>,
  reasons: readonly string[],
  { leavesProductsToTensorflow, cudnn, log }: BackendContext,
): Promise<Attempt> {
  try {
    const { isOnGpu, ops } = await loadTensorflow(found.addonPath);
    const tensorflow = { version: found.version, path: found.path };
    // Ours run on the processor only: on a GPU every call of them would copy its tensors to and fro.
    if (isOnGpu) {
      const { kernels, choice } = createGpuKernels(ops, cudnn);
      const description = {
        backend: "tensorflow",
        device: "gpu",
        tensorflow,
        ...describeChoice(choice, { reasons, wish: cudnn }),
      } as const;
      log.write("info", cudnnText(choice));
      return { kind: "backend", backend: { description, kernels } };
    }
    const description = { backend: "tensorflow", device: "cpu", tensorflow, reasons } as const;
    const kernels = createNativeKernels(ops, { leavesProductsToTensorflow });
    return { kind: "backend", backend: { description, kernels } };
  } catch (error) {
    return { kind: "failed", reason: `TensorFlow ${found.version} in ${found.path} does not load: ${String(error)}` };
  }
}

/** What is told of cuDNN beside the backend: in what it computes, or why it does not, or not in what was wished for. */
function describeChoice(
  choice: CudnnChoice,
  { reasons, wish }: { readonly reasons: readonly string[]; readonly wish: CudnnWish },
): Pick<BackendDescription, "reasons" | "cudnnPrecision"> {
  if (choice.kind === "fault") {
    return { reasons: [...reasons, cudnnText(choice)] };
  }
  const { precision } = choice;
  const isDenied = wish.precision === "float16" && precision !== "float16";
  return { reasons: isDenied ? [...reasons, cudnnText(choice)] : reasons, cudnnPrecision: precision };
}

function cudnnText(choice: CudnnChoice): string {
  return choice.kind === "fault"
    ? `cuDNN's LSTM is not used, which is slower: ${choice.fault}`
    : `cuDNN computes LSTMs in ${choice.precision}: ${choice.reason}.`;
}

async function fallBack(choice: BackendChoice, reasons: readonly string[], context: BackendContext): Promise<Backend> {
  if (choice === "tensorflow") {
    throw new LmError(
      "tensorflowMissing",
      `TensorFlow cannot be used here: ${reasons.join(" ").replace(/([^.])$/, "$1.")} Run \`inkling setup\`, or choose the portable backend.`,
    );
  }
  context.log.write("info", `Training runs on the portable backend: ${reasons.join(" ")}`);
  return startPortable(reasons, context);
}

async function startPortable(reasons: readonly string[], context: BackendContext): Promise<Backend> {
  return {
    description: { backend: "portable", device: "cpu", tensorflow: null, reasons },
    kernels: await loadPortable(context),
  };
}
