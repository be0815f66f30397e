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

/**
 * Why files were left out. Every file met is counted once, as taken or under one reason; a folder that is left out
 * counts as one, for nobody looks into it.
 */
export type ExclusionReason =
  | "ignored" // .gitignore, files.exclude, search.exclude, the user's globs or the default excludes
  | "binary"
  | "tooLarge"
  | "generated" // minified or machine-made giants, lock files, large data files
  | "secretFile" // by name: .env, id_rsa, *.pem, …
  | "secretContent" // holds a private key, or so many secrets that it must be a store of them
  | "empty"
  | "unreadable"
  | "corpusFull"; // the corpus size cap was reached

export interface CorpusReport {
  readonly takenCount: number;
  readonly takenBytes: number;
  readonly excludedCounts: Readonly<Record<ExclusionReason, number>>;
  /** Documents that are exact or near duplicates of another; they stay, on the same side of the split. */
  readonly duplicateCount: number;
  /** Keys, tokens and passwords found inside taken documents; the lines they stood in are not part of the corpus. */
  readonly redactedCount: number;
}

/** The documents of a workspace, split by file. */
export interface Corpus {
  /** In the order of their paths. */
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
  /** Share held out for validation, by hash of the path (of the duplicate group's first path); in (0, 0.5]. */
  readonly validationFraction: number;
}

export const DEFAULT_CORPUS_SETTINGS: CorpusSettings = {
  include: [],
  exclude: [],
  isGitignoreHonoured: true,
  // Room for a long novel (War and Peace has 3.3 MB). Machine-made giants are told by their looks, not by their size.
  maxFileBytes: 5_000_000,
  maxCorpusBytes: 200_000_000,
  validationFraction: 0.1,
};
