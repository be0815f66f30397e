import { DEFAULT_CORPUS_SETTINGS, type UnsavedDocument, type WorkspaceFolder } from "../corpus/corpus.ts";
import type { CellChoice, TrainingMode, TrainJob } from "../protocol/engineMessages.ts";
import type { InklingSettings } from "./settings.ts";

/** What a caller of `train` may set instead of the settings. */
export interface TrainOverrides {
  readonly budgetSeconds?: number;
  readonly epochs?: number;
  readonly backend?: "auto" | "tensorflow" | "portable";
  readonly tokenizer?: "char" | "bpe";
  readonly vocabularySize?: number;
  readonly hiddenSize?: number;
  readonly layerCount?: number;
  readonly cell?: CellChoice;
  readonly seed?: number;
  /** How much of the machine it takes. */
  readonly mode?: TrainingMode;
  /** Whether to go on from the model that is there. */
  readonly isContinuing?: boolean;
  /** Whether it goes on with its pieces whatever changed. */
  readonly keepsPieces?: boolean;
}

export interface TrainJobParts {
  readonly folders: readonly WorkspaceFolder[];
  readonly unsaved: readonly UnsavedDocument[];
  /** Globs that the editor hides: `files.exclude` and `search.exclude`. */
  readonly editorExcludes: readonly string[];
  readonly settings: InklingSettings;
  readonly overrides: TrainOverrides;
  /** Directory of the checkpoint. */
  readonly out: string;
}

/** What a job is built of that reads what training would read, and of which a person chooses the rest. */
export interface ChosenJobParts<Choice> extends Pick<TrainJobParts, "folders" | "editorExcludes" | "settings"> {
  readonly choice: Choice;
}

/** The job for the engine; an override beats the setting. */
export function buildTrainJob({ folders, unsaved, editorExcludes, settings, overrides, out }: TrainJobParts): TrainJob {
  return {
    folders: withUniqueNames(folders),
    unsaved,
    corpus: corpusOptions(settings, editorExcludes),
    out,
    options: {
      budgetSeconds: overrides.budgetSeconds ?? (overrides.epochs === undefined ? settings.budgetSeconds : null),
      epochs: overrides.epochs ?? null,
      tokenizer: overrides.tokenizer ?? settings.tokenizer,
      vocabularySize: overrides.vocabularySize ?? settings.vocabularySize,
      hiddenSize: overrides.hiddenSize ?? settings.hiddenSize,
      layerCount: overrides.layerCount ?? settings.layerCount,
      backend: overrides.backend ?? settings.backend,
      seed: overrides.seed ?? settings.seed,
      isResume: overrides.isContinuing ?? false,
      ...(overrides.keepsPieces === undefined ? {} : { keepsPieces: overrides.keepsPieces }),
      cell: overrides.cell ?? settings.cell,
    },
  };
}

/** Which files belong to a job. */
export function corpusOptions(settings: InklingSettings, editorExcludes: readonly string[]): TrainJob["corpus"] {
  return {
    ...DEFAULT_CORPUS_SETTINGS,
    include: settings.include,
    exclude: [...new Set([...editorExcludes, ...settings.exclude])],
    isGitignoreHonoured: settings.isGitignoreHonoured,
    maxFileBytes: settings.maxFileBytes,
  };
}

/** Folders of one name get a number, because a document's path in the corpus starts with it. */
export function withUniqueNames(folders: readonly WorkspaceFolder[]): readonly WorkspaceFolder[] {
  const taken = new Set<string>();
  return folders.map(({ path, name }) => {
    let unique = name;
    for (let number = 2; taken.has(unique); number++) {
      unique = `${name} ${number}`;
    }
    taken.add(unique);
    return { path, name: unique };
  });
}
