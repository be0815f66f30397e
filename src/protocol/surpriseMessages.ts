/** A token that was held more probable than the one that came. */
export interface LikelierToken {
  readonly text: string;
  /** Whether it is the document's end, which has no text. */
  readonly isEnd: boolean;
  readonly probability: number;
}

/** A token of a document, and how it was foreseen. */
export interface SurpriseToken {
  /** The characters that it completes; of one that spans several tokens only the last has it. */
  readonly text: string;
  readonly isEnd: boolean;
  /** −ln p of all models together. */
  readonly nats: number;
  /** −ln p of each by itself; null where there is none: the workspace's counts, those with what was read of the document, the network. */
  readonly experts: { readonly counts: number | null; readonly cache: number | null; readonly lstm: number | null };
  /** The likeliest first, three at most. */
  readonly likelier: readonly LikelierToken[];
}

/** Tokens of one document that were scored, in their order. */
export interface SurpriseEvent {
  readonly type: "surprise";
  /** Absolute path. */
  readonly path: string;
  readonly tokens: readonly SurpriseToken[];
}

/** A token of a text in an editor, and how it was foreseen. It begins where the one before it ends. */
export interface SurpriseSpan {
  /** In UTF-16 units from the text's start, line ends counted as one. */
  readonly end: number;
  /** −ln p */
  readonly nats: number;
  /** The likeliest first, three at most. */
  readonly likelier: readonly LikelierToken[];
}

/** The token that a text has at a place, as the text is cut where it is scored. */
export interface ComingToken {
  /** All of it, also what may stand before the place. */
  readonly text: string;
  /** Whether it is the document's end, which has no text. */
  readonly isEnd: boolean;
  /** Whether the vocabulary has no token for it but the one of all that is unknown. */
  readonly isUnknown: boolean;
  /** −ln p of all of it, given the text before it. */
  readonly nats: number;
}
