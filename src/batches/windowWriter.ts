import type { LaneBatch } from "./laneBatches.ts";
import { documentMatches } from "./documentMatches.ts";
import type { TokenStream } from "./tokenStream.ts";

/** A run of predictions of one document: the first reads the document's token `firstToken`, counted from its START. */
export interface PredictionRun {
  readonly stream: TokenStream;
  readonly document: number;
  readonly firstToken: number;
  readonly count: number;
}

/** A batch in which nothing is read or counted yet. */
export function blankBatch(laneCount: number, windowTokens: number, readsMatches = false): LaneBatch {
  const cells = laneCount * windowTokens;
  return {
    inputs: new Int32Array(cells),
    targets: new Int32Array(cells),
    weights: new Float32Array(cells),
    resets: new Uint8Array(cells),
    ...(readsMatches ? { matches: new Int32Array(cells) } : {}),
    laneCount,
    windowTokens,
  };
}

/** Writes a run of predictions into a batch from `cell` on, and marks the reset where it begins with START. */
export function writeRun(batch: LaneBatch, cell: number, run: PredictionRun): void {
  const { tokens, documentStarts } = run.stream;
  const first = (documentStarts[run.document] as number) + run.firstToken;
  batch.inputs.set(tokens.subarray(first, first + run.count), cell);
  batch.targets.set(tokens.subarray(first + 1, first + 1 + run.count), cell);
  batch.weights.fill(1, cell, cell + run.count);
  batch.matches?.set(documentMatches(run.stream).subarray(first, first + run.count), cell);
  if (run.firstToken === 0 && run.count > 0) {
    batch.resets[cell] = 1;
  }
}

/** Number of predictions in a document. */
export function documentPredictions(stream: TokenStream, document: number): number {
  return (stream.documentStarts[document + 1] as number) - (stream.documentStarts[document] as number) - 1;
}

/** The smallest window that covers a lane in as few windows as windows of at most `maxWindowTokens` can: least padding. */
export function evenWindow(
  laneTokens: number,
  maxWindowTokens: number,
): { readonly windowTokens: number; readonly windowCount: number } {
  const windowCount = Math.ceil(laneTokens / maxWindowTokens);
  return { windowTokens: Math.ceil(laneTokens / windowCount), windowCount };
}

/** Throws where lanes and windows of this size cannot be cut from a stream. */
export function requireShape(
  stream: TokenStream,
  shape: { readonly laneCount: number; readonly windowTokens: number },
): void {
  if (stream.documentCount < 1) {
    throw new RangeError("Expected `stream` to have at least one document, got none");
  }
  for (const name of ["laneCount", "windowTokens"] as const) {
    if (!Number.isInteger(shape[name]) || shape[name] < 1) {
      throw new RangeError(`Expected \`${name}\` to be a positive integer, got ${shape[name]}`);
    }
  }
}
