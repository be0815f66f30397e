import type { CorpusSettings, WorkspaceFolder } from "../corpus/corpus.ts";
import type { PauseEvent } from "./pauseEvent.ts";

/** How the text of a comparison is cut into tokens. */
export const COMPARE_TOKENIZERS = ["char", "word", "bpe"] as const;

export type CompareTokenizer = (typeof COMPARE_TOKENIZERS)[number];

/** What differs from a model's usual settings: names and values of its specification and of its recipe. */
export interface ModelSettings {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly recipe: Readonly<Record<string, unknown>>;
}

/** Text that is split already, a sentence a line, or a workspace to be split. */
export type CompareSource =
  | { readonly kind: "files"; readonly train: string; readonly valid: string; readonly test: string }
  | { readonly kind: "folder"; readonly folders: readonly WorkspaceFolder[]; readonly corpus: CorpusSettings };

/** Models that are trained and scored on the same text. */
export interface CompareJob {
  readonly source: CompareSource;
  readonly tokenizer: CompareTokenizer;
  /** V at most; null: by tokenizer and text. */
  readonly vocabularySize: number | null;
  /** Whether START and END mark where texts and lines begin and end; without them a text of lines is one stretch. */
  readonly hasBoundaries: boolean;
  /** Names such as `kn5`, `lstm`, `lstm+kn5`. */
  readonly models: readonly string[];
  /** By the name of a network. */
  readonly settings: Readonly<Record<string, ModelSettings>>;
  /** Seconds for each network; one of the two is given. */
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly backend: "auto" | "tensorflow" | "portable";
  readonly seed: number;
}

/** How one model did on the test text. */
export interface CompareRow {
  readonly model: string;
  /** Scalars of a network, n-grams of counts; of both together where they are mixed. */
  readonly parameters: number;
  /** Of training or counting. */
  readonly seconds: number;
  /** Trained on or counted. */
  readonly tokensPerSecond: number;
  readonly perplexity: number;
  /** Null where tokens are unknown: what they stand for is not spelt out, so their bytes are not paid for. */
  readonly bitsPerByte: number | null;
  /** Share of tokens that were the likeliest one before it came. */
  readonly top1: number;
  /** Tokens that were predicted, and the bytes they stand for. */
  readonly tokens: number;
  readonly bytes: number;
  /** Tokens of the test text that the vocabulary does not have. */
  readonly unknownTokens: number;
  readonly validationPerplexity: number;
  /** Multiplications of weights that a token costs; null for counts. */
  readonly multiplicationsPerToken: number | null;
  /** What ended the training, `nonFinite` for a loss that exploded behind the weights that are scored; null for counts. */
  readonly stopped: "budget" | "epochs" | "nonFinite" | null;
  /** Over the training text; null for counts. */
  readonly passes: number | null;
  /** What a network or counts, with a cache or without, write behind START; null for a network with something added where it is scored. */
  readonly sample: string | null;
}

/** A model of which nothing came. */
export interface CompareFailure {
  readonly model: string;
  /** What, why, and what to do. */
  readonly message: string;
}

/** A look at the validation text while a network is trained. */
export interface ComparePoint {
  readonly elapsedSeconds: number;
  readonly tokens: number;
  readonly passes: number;
  readonly trainingPerplexity: number;
  readonly validationPerplexity: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
  readonly clippedFraction: number;
}

export type CompareEvent =
  | PauseEvent
  | { readonly type: "notice"; readonly level: "info" | "warning"; readonly message: string }
  | {
      readonly type: "compareText";
      readonly vocabularySize: number;
      readonly trainingTokens: number;
      readonly validationTokens: number;
      readonly testTokens: number;
    }
  | {
      readonly type: "compareProgress";
      readonly model: string;
      /** Share of the model's time or passes that is over. */
      readonly fraction: number;
      readonly trainingPerplexity: number;
      readonly tokensPerSecond: number;
    }
  | { readonly type: "comparePoint"; readonly model: string; readonly point: ComparePoint }
  | { readonly type: "compareRow"; readonly row: CompareRow }
  | { readonly type: "compareFailure"; readonly failure: CompareFailure };

export interface CompareResult {
  readonly rows: readonly CompareRow[];
  readonly failures: readonly CompareFailure[];
}

/** What a model wrote. */
export interface CompareSample {
  readonly model: string;
  readonly text: string;
}

/** What the models write that write anything. */
export function samplesOf(rows: readonly CompareRow[]): readonly CompareSample[] {
  return rows.flatMap(({ model, sample }) => (sample === null ? [] : [{ model, text: sample }]));
}
