export type BackendChoice = "auto" | "tensorflow" | "portable";
export type BackendName = "tensorflow" | "portable";
export type DeviceName = "cpu" | "gpu";

/** What runs the numbers, and why not something faster. */
export interface BackendDescription {
  readonly backend: BackendName;
  readonly device: DeviceName;
  readonly tensorflow: { readonly version: string; readonly path: string } | null;
  /** For people; why TensorFlow or the GPU is not used; empty where both are. */
  readonly reasons: readonly string[];
  /** In what cuDNN computes LSTMs; only on a GPU, where cuDNN does. */
  readonly cudnnPrecision?: "float32" | "float16";
}
