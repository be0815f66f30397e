import { createRng } from "../base/rng.ts";
import { readableCount } from "../base/readableNumbers.ts";
import { LaneBatcher } from "../batches/laneBatcher.ts";
import { encodeDocuments } from "../batches/tokenStream.ts";
import { drawTokens } from "../engine/drawTokens.ts";
import { trainBpe } from "../tokens/trainBpe.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { median } from "./median.ts";
import { readFolderCorpus } from "./readFolderCorpus.ts";

export interface WindowsBenchArguments {
  readonly paths: readonly string[];
  readonly laneCounts: readonly number[];
  readonly windowTokens: readonly number[];
  readonly vocabularySize: number;
}

/** Distinct pieces that a step of training reads, medians over its windows. */
export interface WindowsBenchRow {
  readonly path: string;
  readonly batch: number;
  readonly window: number;
  readonly vocabulary: number;
  /** Of the folder's training files. */
  readonly distinct: number;
  /** Of tokens drawn by each law of `bench training`. */
  readonly zipf: number;
  readonly uniform: number;
}

/** Steps of a shape that are looked at. */
const STEPS = 41;

/** Counts the distinct pieces in windows of folders and of drawn tokens: what depends on a piece alone is computed once for all its places. */
export async function runWindowsBench(given: WindowsBenchArguments, context: CommandContext): Promise<ExitCode> {
  const rows: WindowsBenchRow[] = [];
  for (const path of given.paths) {
    const { training } = await readFolderCorpus(context.resolvePath(path), context);
    const texts = training.map(({ text }) => text);
    const vocabulary = trainBpe(texts, { vocabularySize: given.vocabularySize, signal: context.signal });
    const stream = encodeDocuments(texts, vocabulary);
    for (const wanted of given.laneCounts) {
      for (const window of given.windowTokens) {
        const batcher = new LaneBatcher(stream, { laneCount: wanted, windowTokens: window, seed: 1 });
        const { laneCount: batch, windowTokens } = batcher;
        rows.push({
          path,
          batch,
          window: windowTokens,
          vocabulary: vocabulary.size,
          distinct: medianDistinct(() => batcher.next().inputs),
          ...drawnDistinct(batch * windowTokens, vocabulary.size),
        });
      }
    }
  }
  context.terminal.result({ rows }, rows.map(describe).join("\n"));
  return 0;
}

function drawnDistinct(count: number, vocabularySize: number): Pick<WindowsBenchRow, "zipf" | "uniform"> {
  const rng = createRng(1);
  return {
    zipf: medianDistinct(() => drawTokens(count, { vocabularySize, law: "zipf", rng })),
    uniform: medianDistinct(() => drawTokens(count, { vocabularySize, law: "uniform", rng })),
  };
}

function medianDistinct(next: () => Int32Array): number {
  return median(Array.from({ length: STEPS }, () => new Set(next()).size));
}

function describe({ path, batch, window, vocabulary, distinct, zipf, uniform }: WindowsBenchRow): string {
  return (
    `${path}, batch ${batch}, window ${window}: ${readableCount(distinct)} distinct of ${readableCount(vocabulary)} pieces; ` +
    `drawn by Zipf's law ${readableCount(zipf)}, all equally ${readableCount(uniform)}`
  );
}
