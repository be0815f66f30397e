/** A folder of a workspace. */
export interface JobFolder {
  readonly path: string;
  readonly name: string;
}

/** Which documents of the folders belong to a job, and how many of them are held out. */
export interface CorpusOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly isGitignoreHonoured: boolean;
  readonly maxFileBytes: number;
  readonly maxCorpusBytes: number;
  readonly validationFraction: number;
}
