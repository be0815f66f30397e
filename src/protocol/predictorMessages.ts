import type { LogLevel } from "../base/ports.ts";
import type { CorpusSettings, WorkspaceFolder } from "../corpus/corpus.ts";
import type { CellChoice } from "./engineMessages.ts";
import type { ComingToken, SurpriseSpan } from "./surpriseMessages.ts";

/** Sizes and state of the model the predictor answers from. */
export interface PredictorModelInfo {
  readonly directory: string;
  readonly step: number;
  readonly vocabularySize: number;
  readonly cell: CellChoice;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly tokenizer: "char" | "bpe";
  readonly perplexity: number | null;
  readonly bitsPerByte: number | null;
}

/** A position in a text: line and UTF-16 column, both from 0, as in VS Code. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export interface TextRange {
  readonly start: TextPosition;
  readonly end: TextPosition;
}

/** Parts of a program in which people may want no suggestions. */
export const SILENT_PARTS = ["comment", "string"] as const;

export type SilentPart = (typeof SILENT_PARTS)[number];

/** Whether suggestions may have several lines: never, or where all of them are sure. */
export const MULTILINE_CHOICES = ["off", "whenSure"] as const;

export type MultilineChoice = (typeof MULTILINE_CHOICES)[number];

export interface CompletionQuery {
  /** Identity of the document (its URI): key of the state cache. */
  readonly document: string;
  /** Text before the caret; may begin at a line start inside the document when the document is long. */
  readonly before: string;
  /** Whether `before` begins at the start of the document. */
  readonly isFromStart: boolean;
  /** Text after the caret, at least to the end of the line; a few lines of it. */
  readonly after: string;
  readonly position: TextPosition;
  /** The text selected in the suggestion pop-up and its range; the suggestion must extend it. */
  readonly selectedCompletion: { readonly text: string; readonly range: TextRange } | null;
  /** `automatic` while typing; `explicit` on invoke: then several, and less shy. */
  readonly trigger: "automatic" | "explicit";
  /** From 0, seldom and surely, to 1, often; the predictor's default where it is not given. */
  readonly eagerness?: number;
  /** How much more or less of what suggestions claim this user's accepts bear out than is usual; 1 where it is not given. */
  readonly acceptedShare?: number;
  /** The editor's id of the language, such as `typescript`; where it is not given, comments and strings are not known. */
  readonly languageId?: string;
  /** Where nothing is to be offered; nowhere where it is not given. */
  readonly silentIn?: readonly SilentPart[];
  /** Off where it is not given. */
  readonly multiline?: MultilineChoice;
  /** Milliseconds the answer may take. */
  readonly budgetMs: number;
}

export interface PredictedSuggestion {
  /** Replaces `range`. */
  readonly text: string;
  readonly range: TextRange;
  /** Probability that all of the inserted text is what comes next, in (0, 1]. */
  readonly probability: number;
}

export interface CompletionAnswer {
  readonly suggestions: readonly PredictedSuggestion[];
  readonly elapsedMs: number;
  /** Why nothing is offered, for the log; null where something is. */
  readonly silence:
    "noModel" | "unsure" | "warmingUp" | "nothingLeft" | "cancelled" | "cannotExtend" | "notWanted" | null;
}

/** What is to be counted. */
export interface CountJob {
  readonly folders: readonly WorkspaceFolder[];
  readonly corpus: CorpusSettings;
  /** Absolute paths of files to count first: open and recent ones. */
  readonly first: readonly string[];
  /** Directory in which the index is kept for the next session; null keeps it in memory only. */
  readonly storage: string | null;
}

/** What is counted: files, their text in UTF-8, and the tokens that it is cut into. */
export interface CountTotals {
  readonly fileCount: number;
  readonly textBytes: number;
  readonly tokenCount: number;
  readonly vocabularySize: number;
}

export type CountEvent =
  | { readonly type: "progress"; readonly fileCount: number; readonly totalCount: number; readonly fraction: number }
  /** For people who look for the cause. */
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string };

/** What takes part in predictions, where it is there: counts of the workspace, counts of the document at hand, the network. */
export const EXPERT_NAMES = ["counts", "cache", "lstm"] as const;

export type ExpertName = (typeof EXPERT_NAMES)[number];

/** A piece that may come next. */
export interface ExplainedToken {
  readonly text: string;
  /** Whether it is the document's end, which has no text. */
  readonly isEnd: boolean;
  /** Among the pieces that begin with what was typed. */
  readonly probability: number;
  /** What each expert alone says, among the same; null where there is none. */
  readonly experts: { readonly counts: number | null; readonly network: number | null };
  /** How often it followed each of the contexts, in their order; 0 where it never did. */
  readonly counts: readonly { readonly tokenCount: number; readonly count: number; readonly total: number }[];
}

/**
 * A text that stands before the caret, and what followed it: in the files of the workspace, and above the caret in the document,
 * whose text is counted in one of the two places. Shorter ones stand in longer ones' places, too, so they are never rarer.
 */
export interface ExplainedContext {
  readonly text: string;
  /** Whether the text begins where the document does. */
  readonly isFromStart: boolean;
  readonly tokenCount: number;
  /** How often it was followed by anything: the sum of both places. */
  readonly total: number;
  /** Null where nothing is counted there, or no texts as long as this. */
  readonly inWorkspace: number | null;
  readonly inDocument: number | null;
  /** How often in the files around, which is once more what the workspace has; null where that is not looked at. */
  readonly inNearFiles: number | null;
  /** How often in what was written lately in other documents, likewise. */
  readonly inLatelyWritten: number | null;
  /** Number of different pieces that followed it. */
  readonly followerCount: number;
  /** Those that followed it most often. */
  readonly followers: readonly { readonly text: string; readonly isEnd: boolean; readonly count: number }[];
}

/** What is expected at a place, and what that rests on. */
export interface Explanation {
  /** What stands before the caret of a piece that may go on; the contexts end before it. */
  readonly typed: string;
  /** The likeliest first. */
  readonly next: readonly ExplainedToken[];
  /** Null where the text behind the place was not given. */
  readonly comes: ComingToken | null;
  /** The longest first. */
  readonly contexts: readonly ExplainedContext[];
}

/** Requests to the predictor worker. */
export interface PredictorRequests {
  /** Loads the checkpoint in a directory (again, if it changed). */
  readonly load: {
    readonly params: {
      readonly directory: string;
      /** Null: all. */
      readonly experts?: readonly ExpertName[] | null;
    };
    readonly result: PredictorModelInfo;
    readonly event: never;
  };
  /** Forgets the model. */
  readonly unload: { readonly params: Record<string, never>; readonly result: null; readonly event: never };
  /**
   * Counts the files of folders, the first time; called again, what has changed since. Suggestions come from what is counted so far. Settles
   * when all is counted.
   */
  readonly count: { readonly params: CountJob; readonly result: CountTotals; readonly event: CountEvent };
  /**
   * Tells the text of an open document, saved or not; the counts follow it until it is closed. Documents are counted that belong to a
   * counted folder, or have no file yet. Settles when the counts are those of the text, or a newer one has come.
   */
  readonly update: {
    readonly params: { readonly document: string; readonly text: string };
    readonly result: null;
    readonly event: never;
  };
  readonly complete: { readonly params: CompletionQuery; readonly result: CompletionAnswer; readonly event: never };
  /** Reads ahead so that a later `complete` at this place is quick; answers at once when superseded. */
  readonly prepare: {
    readonly params: { readonly document: string; readonly before: string; readonly isFromStart: boolean };
    readonly result: null;
    readonly event: never;
  };
  /** Drops the states kept for a closed document. */
  readonly close: { readonly params: { readonly document: string }; readonly result: null; readonly event: never };
  /** Says why something is expected at a place; null where there is no model. */
  readonly explain: {
    readonly params: {
      readonly document: string;
      readonly before: string;
      readonly isFromStart: boolean;
      /** The rest of the document: with it the piece that comes is known, and what is typed is of that piece. */
      readonly after?: string;
      /** Most tokens to list. */
      readonly count: number;
    };
    readonly result: Explanation | null;
    readonly event: never;
  };
  /**
   * How surprising each token of a text is to the network together with what the text says itself above it; the text is a document from its start. Events bring the tokens
   * in their order. `isComplete` is false where there is no network, or it was cancelled.
   */
  readonly surprise: {
    readonly params: { readonly text: string };
    readonly result: { readonly isComplete: boolean };
    readonly event: { readonly type: "spans"; readonly spans: readonly SurpriseSpan[] };
  };
  readonly sample: {
    readonly params: {
      readonly prompt: string;
      readonly lengthTokens: number;
      readonly temperature: number;
      /** Draws from the k likeliest tokens only; all where it is not given. */
      readonly topK?: number;
      /** In [0, 1]: draws from the likeliest tokens that together have this probability; all where it is not given. */
      readonly topP?: number;
      readonly seed: number;
      /** At least 1: width of a beam search in place of chance. */
      readonly beamWidth?: number;
    };
    readonly result: { readonly text: string };
    readonly event: { readonly type: "text"; readonly text: string };
  };
}
