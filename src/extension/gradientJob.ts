import { DEFAULT_GRADIENT_SIZES, GRADIENT_MODELS, type GradientJob } from "../protocol/gradientMessages.ts";
import { type ChosenJobParts, corpusOptions, withUniqueNames } from "./trainJob.ts";

/** What a person chooses of a look at gradients. */
export interface GradientChoice {
  /** Absolute path of the one file to read; null: all of the workspace. */
  readonly path: string | null;
  /** Of each network; null: they are looked at untrained only. */
  readonly budgetSeconds: number | null;
}

export type GradientJobParts = ChosenJobParts<GradientChoice>;

/** The look at gradients for the engine: of one file, or of the files that training would read, cut as training would cut them. */
export function buildGradientJob({ folders, editorExcludes, settings, choice }: GradientJobParts): GradientJob {
  const { path, budgetSeconds } = choice;
  return {
    source:
      path === null
        ? { kind: "folder", folders: withUniqueNames(folders), corpus: corpusOptions(settings, editorExcludes) }
        : { kind: "file", path },
    tokenizer: settings.tokenizer,
    models: GRADIENT_MODELS,
    ...DEFAULT_GRADIENT_SIZES,
    budgetSeconds,
    backend: settings.backend,
    seed: settings.seed,
  };
}
