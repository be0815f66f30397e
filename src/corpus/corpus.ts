/** One text the model may learn from. */
export interface CorpusDocument {
  /** Workspace folder's name and path inside it, joined with `/`; unique in the corpus. */
  readonly path: string;
  /** Text without byte order mark; line ends normalised to `\n`. */
  readonly text: string;
  /** Length of `text` in UTF-8 bytes. */
  readonly textBytes: number;
  /** Milliseconds since 1970-01-01 UTC; the moment of the last change. */
  readonly modifiedEpochMs: number;
}

/** Why files were left out, and how many. Every file met is counted once, as taken or under one reason. */
export type ExclusionReason =
  | "ignored" // .gitignore, files.exclude, search.exclude or the user's exclude globs
  | "binary"
  | "tooLarge"
  | "generated" // minified or machine-made giants
  | "secretFile" // by name: .env, id_rsa, *.pem, …
  | "secretContent" // holds a key or token
  | "empty"
  | "unreadable"
  | "corpusFull"; // the corpus size cap was reached

export interface CorpusReport {
  readonly takenCount: number;
  readonly takenBytes: number;
  readonly excludedCounts: Readonly<Record<ExclusionReason, number>>;
  /** Documents that are exact or near duplicates of another; they stay, on the same side of the split. */
  readonly duplicateCount: number;
}

/** The documents of a workspace, split by file. */
export interface Corpus {
  /** In learning order. */
  readonly training: readonly CorpusDocument[];
  readonly validation: readonly CorpusDocument[];
  readonly report: CorpusReport;
  /** Hex digest over paths and texts in order, with the split: equal corpora have equal fingerprints. */
  readonly fingerprint: string;
}

export interface WorkspaceFolder {
  /** Absolute path. */
  readonly path: string;
  /** Unique among the folders. */
  readonly name: string;
}

/** An open editor whose text is not on the disk yet; it wins over the file. */
export interface UnsavedDocument {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
}

export interface CorpusSettings {
  /** Globs; when not empty only matching files are taken. */
  readonly include: readonly string[];
  /** Globs of files and folders to leave out: Inkling's own, `files.exclude` and `search.exclude` together. */
  readonly exclude: readonly string[];
  readonly isGitignoreHonoured: boolean;
  readonly maxFileBytes: number;
  readonly maxCorpusBytes: number;
  /** Share of files held out for validation, by hash of the path (of the duplicate group's first path). */
  readonly validationFraction: number;
}

export const DEFAULT_CORPUS_SETTINGS: CorpusSettings = {
  include: [],
  exclude: [],
  isGitignoreHonoured: true,
  maxFileBytes: 1_000_000,
  maxCorpusBytes: 200_000_000,
  validationFraction: 0.1,
};
