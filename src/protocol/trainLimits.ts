/** Ranges of the numbers in a training's options, for all who read them; a vocabulary's depends on its tokenizer. */
export const TRAIN_LIMITS = {
  hiddenSize: { least: 1, most: 1 << 14 },
  layerCount: { least: 1, most: 64 },
  seed: { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER },
  /** Fewer are not a single step of most workspaces. */
  epochs: { least: 0.001 },
} as const;
