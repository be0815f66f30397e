import type { LogLevel } from "../../base/ports.ts";
import type { CorpusSettings, UnsavedDocument, WorkspaceFolder } from "../../corpus/corpus.ts";
import type { SegmentParts } from "../../models/counting/countSegment.ts";
import type { CountTotals } from "../../protocol/predictorMessages.ts";
import type { SerializedVocabulary } from "../../tokens/vocabulary.ts";

/*
 * What the predictor and its counting thread say to each other. Both come from one build and start together, so nothing is validated.
 * Arrays of segments lie in shared memory where there is any: both sides read them, nobody writes.
 */

/** Segments that come and go, by their numbers. */
export interface SegmentNews {
  readonly added: readonly { readonly id: number; readonly parts: SegmentParts }[];
  readonly removed: readonly number[];
}

/** Stands in for a segment's number where a file has no text on the disk that could be counted, and an editor has. */
export const NO_SEGMENT = 0;

/** Where the passages of files are: file by file the number of a segment, the index of the first, how many there are, and when it was written, in ms. */
export interface FilePlaces {
  readonly paths: readonly string[];
  /** float64 [4 · paths] */
  readonly numbers: Float64Array;
}

/** From one state of the counts to the next. */
export interface IndexChange {
  readonly learnt: SegmentNews;
  readonly forgotten: SegmentNews;
  readonly placed: FilePlaces;
  /** Files that are not counted any more. */
  readonly gone: readonly string[];
}

export type CounterEvent =
  | { readonly type: "vocabulary"; readonly vocabulary: SerializedVocabulary }
  | { readonly type: "change"; readonly change: IndexChange }
  | { readonly type: "progress"; readonly fileCount: number; readonly totalCount: number; readonly fraction: number }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string };

/** One look at the workspace. */
export interface ScanJob {
  readonly folders: readonly WorkspaceFolder[];
  readonly corpus: CorpusSettings;
  /** Editors whose text may be counted though that of their file is not. Of them only this is found out here; nothing of theirs is kept. */
  readonly unsaved: readonly UnsavedDocument[];
  /** Absolute paths of files to count first. */
  readonly first: readonly string[];
  /** Directory for the index; null keeps it in memory only. */
  readonly storage: string | null;
  /** Null: learnt from the workspace, or what an earlier session learnt. */
  readonly vocabulary: SerializedVocabulary | null;
}

/** Requests to the counting thread: looks one at a time, and joining beside them. */
export interface CounterRequests {
  /** Counts what changed since the last time; everything the first time. */
  readonly scan: { readonly params: ScanJob; readonly result: CountTotals; readonly event: CounterEvent };
  /** Makes questions quicker by joining what was counted bit by bit; served as far as nothing else is. */
  readonly join: { readonly params: Record<string, never>; readonly result: null; readonly event: CounterEvent };
}
