import type { CompareJob } from "../protocol/compareMessages.ts";
import { type ChosenJobParts, corpusOptions, withUniqueNames } from "./trainJob.ts";

/** What a person chooses of a comparison. */
export interface CompareChoice {
  /** Names such as `kn5`, `lstm`, `lstm+kn5`. */
  readonly models: readonly string[];
  /** Of each network. */
  readonly budgetSeconds: number;
}

export type CompareJobParts = ChosenJobParts<CompareChoice>;

/** The comparison for the engine: of the files that training would read, cut as training would cut them. */
export function buildCompareJob({ folders, editorExcludes, settings, choice }: CompareJobParts): CompareJob {
  return {
    source: { kind: "folder", folders: withUniqueNames(folders), corpus: corpusOptions(settings, editorExcludes) },
    tokenizer: settings.tokenizer,
    vocabularySize: settings.vocabularySize,
    hasBoundaries: true,
    models: choice.models,
    settings: {},
    budgetSeconds: choice.budgetSeconds,
    epochs: null,
    backend: settings.backend,
    seed: settings.seed,
  };
}
