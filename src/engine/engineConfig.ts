/** What the environment of the engine process says; plain data, for the main thread to hand to its workers. */
export interface EngineConfig {
  /** Further folders in which an installed TensorFlow may be, e.g. the extension's global storage. */
  readonly extraRoots: readonly string[];
  /** The selected Python or its environment's folder, whose TensorFlow is used if it fits. */
  readonly pythonPath: string | null;
  readonly gpu: "auto" | "none";
  /** Whether large products are TensorFlow's, which oneDNN computes in bfloat16 with matrix units, and not of our own ops. */
  readonly leavesProductsToTensorflow: boolean;
  /** In what cuDNN computes on a GPU; `faster`: float16 where it is faster. */
  readonly cudnnPrecision: "float32" | "float16" | "faster";
  /** How far the process gives way to others, 0 to 19. */
  readonly nice: number;
  /** Threads that an operation may take; null: as many as there are processors. */
  readonly threadCount: number | null;
}

/**
 * The configuration in `INKLING_EXTRA_CACHE` (folders joined with `delimiter`), `INKLING_PYTHON_ENVIRONMENT`, `INKLING_GPU`
 * (`none` or anything else), `INKLING_ENGINE_NICE`, `INKLING_ENGINE_PRODUCTS` (`tensorflow` or anything else), `INKLING_CUDNN_PRECISION` (`float32`, `float16` or anything else), TensorFlow's `TF_NUM_INTRAOP_THREADS` and oneDNN's `ONEDNN_DEFAULT_FPMATH_MODE`; what is
 * not set has a default.
 */
export function readEngineConfig(
  environment: Readonly<Record<string, string | undefined>>,
  delimiter: string,
): EngineConfig {
  const nice = Number(environment["INKLING_ENGINE_NICE"] ?? 0);
  const precision = environment["INKLING_CUDNN_PRECISION"];
  const threadCount = Number(environment["TF_NUM_INTRAOP_THREADS"] ?? 0);
  return {
    extraRoots: (environment["INKLING_EXTRA_CACHE"] ?? "").split(delimiter).filter((root) => root !== ""),
    pythonPath: environment["INKLING_PYTHON_ENVIRONMENT"] ?? null,
    gpu: environment["INKLING_GPU"] === "none" ? "none" : "auto",
    leavesProductsToTensorflow:
      environment["INKLING_ENGINE_PRODUCTS"] === "tensorflow" && environment["ONEDNN_DEFAULT_FPMATH_MODE"] === "BF16",
    cudnnPrecision: precision === "float32" || precision === "float16" ? precision : "faster",
    nice: Number.isInteger(nice) && nice >= 0 && nice <= 19 ? nice : 0,
    threadCount: Number.isInteger(threadCount) && threadCount > 0 ? threadCount : null,
  };
}
