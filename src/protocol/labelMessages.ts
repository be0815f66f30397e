import type { CorpusSettings, WorkspaceFolder } from "../corpus/corpus.ts";
import type { LabelFigures } from "../evaluation/labelFigures.ts";
import type { PauseEvent } from "./pauseEvent.ts";

/** A label for each token of a sentence, or one for a text. */
export const LABEL_TASKS = ["tag", "classify"] as const;

export type LabelTask = (typeof LABEL_TASKS)[number];

/** What the layers are made of. */
export const LABEL_CELLS = ["lstm", "gru", "rnn"] as const;

/** Which way texts are read; one way only to see what the other adds. */
export const LABEL_DIRECTIONS = ["both", "forward"] as const;

/** What a text's label is decided by: the last output of each direction, their mean, or the largest of each unit. */
export const LABEL_POOLINGS = ["last", "mean", "max"] as const;

/** What a text is read by where it has one label; a tagger reads words. */
export const LABEL_UNITS = ["word", "char"] as const;

export const LABEL_LIMITS = {
  embeddingSize: { least: 1, most: 1024 },
  hiddenSize: { least: 1, most: 1024 },
  layerCount: { least: 1, most: 4 },
} as const;

/** How a tagger or a classifier is built and trained. */
export interface LabelOptions {
  readonly cell: (typeof LABEL_CELLS)[number];
  readonly directions: (typeof LABEL_DIRECTIONS)[number];
  readonly pooling: (typeof LABEL_POOLINGS)[number];
  readonly units: (typeof LABEL_UNITS)[number];
  readonly embeddingSize: number;
  /** h, of each direction */
  readonly hiddenSize: number;
  readonly layerCount: number;
  /** Seconds; one of the two is given. */
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly seed: number;
  readonly backend: "auto" | "tensorflow" | "portable";
}

export const DEFAULT_LABEL_OPTIONS: LabelOptions = {
  cell: "lstm",
  directions: "both",
  pooling: "max",
  units: "word",
  embeddingSize: 64,
  hiddenSize: 64,
  layerCount: 1,
  budgetSeconds: 60,
  epochs: null,
  seed: 1,
  backend: "auto",
};

/** A tagger or a classifier from a tab-separated file. */
export interface TrainLabellerJob {
  readonly task: LabelTask;
  readonly path: string;
  /** Texts to choose the weights by; null: a tenth of the others. */
  readonly valid: string | null;
  /** Directory of the model. */
  readonly out: string;
  readonly options: LabelOptions;
}

export interface EvaluateLabellerJob {
  readonly task: LabelTask;
  /** Directory of the model. */
  readonly model: string;
  readonly path: string;
}

export interface ApplyLabellerJob {
  readonly task: LabelTask;
  readonly model: string;
  /** A token a line with blank lines between sentences, or a text a line; or whole files, each as a text. */
  readonly source:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "documents"; readonly paths: readonly string[] };
}

/** A classifier that tells the languages of a workspace's files. */
export interface LanguagesJob {
  readonly folders: readonly WorkspaceFolder[];
  readonly corpus: CorpusSettings;
  /** Directory of the model; null: it is not kept. */
  readonly out: string | null;
  readonly options: LabelOptions;
}

export type LabelEvent =
  | PauseEvent
  | { readonly type: "notice"; readonly level: "info" | "warning"; readonly message: string }
  | {
      readonly type: "labelText";
      readonly trainingTexts: number;
      readonly trainingUnits: number;
      readonly validationTexts: number;
      readonly labelCount: number;
      readonly vocabularySize: number;
      readonly parameters: number;
    }
  | {
      readonly type: "labelProgress";
      readonly fraction: number;
      readonly trainingNats: number;
      readonly unitsPerSecond: number;
    }
  | {
      readonly type: "labelPoint";
      readonly elapsedSeconds: number;
      readonly passes: number;
      /** Mean for each label, since the last point. */
      readonly trainingNats: number;
      /** Of the validation texts; of stretches where texts are longer. */
      readonly nats: number;
      readonly accuracy: number;
      readonly unitsPerSecond: number;
    };

export interface TrainLabellerResult {
  /** Directory of the model; null where it is not kept. */
  readonly model: string | null;
  readonly labels: readonly string[];
  readonly parameters: number;
  /** Multiplications of weights for each unit, both directions together; the softmax once for each unit or text besides. */
  readonly multiplicationsPerUnit: number;
  readonly stopped: "budget" | "epochs" | "converged" | "nonFinite" | "cancelled";
  readonly seconds: number;
  readonly passes: number;
  readonly unitsPerSecond: number;
  /** Of whole texts. */
  readonly validation: LabelFigures;
  readonly backend: "tensorflow" | "portable";
  readonly device: "cpu" | "gpu";
}

export interface EvaluateLabellerResult extends LabelFigures {
  /** Sentences or texts. */
  readonly texts: number;
  /** Labels of the file that the model was not trained on: counted as wrong. */
  readonly unseenLabels: readonly { readonly label: string; readonly count: number }[];
  /** Tokens whose form was not seen in training, or only once, and how many of them were right; null for a classifier. */
  readonly unknownTokens: { readonly count: number; readonly right: number } | null;
}

/** A token or a text with the label that is held likeliest, and how likely. */
export interface Labelled {
  readonly text: string;
  readonly label: string;
  readonly probability: number;
}

/** A blank line or an empty file: it keeps its place among the others, so that lines match. */
export interface NotLabelled {
  readonly text: string;
  readonly label: null;
  readonly probability: null;
}

export interface ApplyLabellerResult {
  /** Of a tagger: each sentence's tokens. Of a classifier: one list of texts, or of paths. */
  readonly groups: readonly (readonly (Labelled | NotLabelled)[])[];
  /** What was read and holds nothing to label, for people. */
  readonly empty: readonly string[];
}

export interface LanguagesResult extends TrainLabellerResult {
  /** Of files of which nothing was learnt, whole. */
  readonly test: LabelFigures;
  /** Of their stretches, each `stretchUnits` long at most. */
  readonly testStretches: LabelFigures;
  readonly stretchUnits: number;
  /** Files without an extension, by path. */
  readonly unnamed: readonly Labelled[];
}
