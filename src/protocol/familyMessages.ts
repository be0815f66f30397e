import type { CorpusSettings, WorkspaceFolder } from "../corpus/corpus.ts";
import type { CompareTokenizer, ModelSettings } from "./compareMessages.ts";
import type { Adaptation, ExpertFigures } from "./expertFigures.ts";
import type { ComingToken } from "./surpriseMessages.ts";

/** A network that only the engine can run, trained on a workspace. Its events are those of a training. */
export interface TrainFamilyJob {
  readonly folders: readonly WorkspaceFolder[];
  readonly corpus: CorpusSettings;
  /** Directory of the model. */
  readonly out: string;
  /** Name of a network, such as `mos`. */
  readonly network: string;
  /** What differs from its usual specification and recipe. */
  readonly settings: ModelSettings;
  readonly tokenizer: CompareTokenizer;
  /** V at most; null: by tokenizer and text. */
  readonly vocabularySize: number | null;
  /** Seconds; one of the two is given. */
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly backend: "auto" | "tensorflow" | "portable";
  readonly seed: number;
}

export interface SampleFamilyJob {
  /** Directory of the model. */
  readonly model: string;
  readonly prompt: string;
  readonly lengthTokens: number;
  /** 0 always takes the likeliest. */
  readonly temperature: number;
  /** At least 1; null for all tokens. */
  readonly topK: number | null;
  /** In [0, 1]. */
  readonly topP: number;
  readonly seed: number;
  /** At least 1: width of a beam search in place of chance; null for none. */
  readonly beamWidth: number | null;
}

/** Text as it comes. */
export interface SampleFamilyEvent {
  readonly type: "text";
  readonly text: string;
}

export interface SampleFamilyResult {
  /** Behind the prompt. */
  readonly text: string;
}

/** A place in a text, for what a network expects there. */
export interface ExplainFamilyJob {
  /** Directory of the model. */
  readonly model: string;
  /** All of the document before the place, with `\n` for line ends. */
  readonly before: string;
  /** The rest of the document. */
  readonly after: string;
  /** Most tokens to list. */
  readonly count: number;
}

export interface ExplainFamilyResult {
  readonly network: string;
  /** What stands before the place of the token that comes there. */
  readonly typed: string;
  /** The likeliest first, with probabilities among the tokens that begin with what was typed. */
  readonly next: readonly { readonly text: string; readonly isEnd: boolean; readonly probability: number }[];
  readonly comes: ComingToken;
  /** Tokens before it. */
  readonly readCount: number;
  /** How many of them the vocabulary does not know. */
  readonly unknownCount: number;
}

export interface EvaluateFamilyJob {
  /** Directory of the model. */
  readonly model: string;
  /** Files or folders. */
  readonly paths: readonly string[];
  /** Ways in which the network learns from what it reads. */
  readonly adaptations: readonly Adaptation[];
}

export interface EvaluateFamilyResult {
  readonly network: string;
  readonly tokens: number;
  /** Those that the vocabulary does not have. */
  readonly unknownTokens: number;
  /** That the known ones stand for. */
  readonly bytes: number;
  readonly nats: number;
  readonly perplexity: number;
  /** Null where tokens are unknown: what they stand for is not spelt out, so their bytes are not paid for. */
  readonly bitsPerByte: number | null;
  /** Share of tokens that were the likeliest one. */
  readonly top1: number;
  /** The network as it was trained, and with each adaptation by itself; null for what was not asked for. */
  readonly experts: {
    readonly network: ExpertFigures;
    readonly dynamicEvaluation: ExpertFigures | null;
    readonly neuralCache: ExpertFigures | null;
  };
}
