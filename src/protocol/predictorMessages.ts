/** Sizes and state of the model the predictor answers from. */
export interface PredictorModelInfo {
  readonly directory: string;
  readonly step: number;
  readonly vocabularySize: number;
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
  readonly silence: "noModel" | "unsure" | "warmingUp" | "nothingLeft" | "cancelled" | "cannotExtend" | null;
}

/** Requests to the predictor worker. */
export interface PredictorRequests {
  /** Loads the checkpoint in a directory (again, if it changed). */
  readonly load: {
    readonly params: { readonly directory: string };
    readonly result: PredictorModelInfo;
    readonly event: never;
  };
  /** Forgets the model. */
  readonly unload: { readonly params: Record<string, never>; readonly result: null; readonly event: never };
  readonly complete: { readonly params: CompletionQuery; readonly result: CompletionAnswer; readonly event: never };
  /** Reads ahead so that a later `complete` at this place is quick; answers at once when superseded. */
  readonly prepare: {
    readonly params: { readonly document: string; readonly before: string; readonly isFromStart: boolean };
    readonly result: null;
    readonly event: never;
  };
  /** Drops the states kept for a closed document. */
  readonly close: { readonly params: { readonly document: string }; readonly result: null; readonly event: never };
  readonly sample: {
    readonly params: {
      readonly prompt: string;
      readonly lengthTokens: number;
      readonly temperature: number;
      readonly seed: number;
    };
    readonly result: { readonly text: string };
    readonly event: { readonly type: "text"; readonly text: string };
  };
}
