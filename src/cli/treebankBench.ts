import { LmError } from "../base/errors.ts";
import type { FileStore } from "../base/ports.ts";
import { readableCount, readablePerplexity } from "../base/readableNumbers.ts";
import { CACHE_TOKENS, CACHE_WEIGHTS } from "../engine/comparison/countingScores.ts";
import { perplexityOf } from "../evaluation/tally.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import { CountingModel } from "../models/counting/countingModel.ts";
import { createSmoothing } from "../models/counting/createSmoothing.ts";
import type { SmoothingName } from "../models/counting/smoothing.ts";
import { UnigramCache } from "../models/counting/unigramCache.ts";
import { readZipEntries } from "../node/zipEntries.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";

export interface TreebankBenchArguments {
  /** The zip archive or the folder with `ptb.train.txt`, `ptb.valid.txt` and `ptb.test.txt`. */
  readonly data: string;
}

/** A figure comparable with those published on the Penn Treebank as Mikolov prepared it. */
export interface TreebankRow {
  readonly model: string;
  /** Of the test text, the ends of sentences predicted. */
  readonly perplexity: number;
  readonly tokens: number;
}

/** What the published table (Mikolov et al. 2011, "Empirical evaluation and combination") has, in its terms, and its neighbours. */
const MODELS: readonly { readonly smoothing: SmoothingName; readonly order: number }[] = [
  { smoothing: "wittenBell", order: 3 },
  { smoothing: "absoluteDiscounting", order: 5 },
  { smoothing: "kneserNey", order: 5 },
  { smoothing: "modifiedKneserNey", order: 3 },
  { smoothing: "modifiedKneserNey", order: 5 },
];

/** Scores n-gram models of words on the Penn Treebank; the last one also with a cache of words used lately. */
export async function runTreebankBench(given: TreebankBenchArguments, context: CommandContext): Promise<ExitCode> {
  const treebank = await readTreebank(context.resolvePath(given.data), context.files);
  const index = new CountIndex({ vocabularySize: treebank.vocabularySize, startId: START });
  treebank.train.forEach((sentence) => index.learn(sentence));
  const show = (row: TreebankRow): void => {
    context.terminal.result(
      row,
      `${row.model.padEnd(32)} ${readablePerplexity(row.perplexity)} (${readableCount(row.tokens)} words)`,
    );
  };
  for (const [position, { smoothing, order }] of MODELS.entries()) {
    if (context.signal.aborted) {
      throw new LmError("cancelled", "The measurement was cancelled.");
    }
    const model = new CountingModel({
      index,
      smoothing: createSmoothing(smoothing, { index, order }).smoothing,
      order,
    });
    const scores = scoreSentences(model, treebank.test);
    show({ model: `${smoothing} ${order}`, ...scoreWithCache(scores, { weight: 0, treebank }) });
    if (position === MODELS.length - 1) {
      const validation = scoreSentences(model, treebank.valid);
      const weight = bestWeight(validation, treebank);
      show({ model: `${smoothing} ${order} + unigram cache`, ...scoreWithCache(scores, { weight, treebank }) });
    }
    // Ctrl+C arrives on this thread.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return 0;
}

interface Treebank {
  readonly vocabularySize: number;
  /** Sentences of ids, each with its end. */
  readonly train: readonly Int32Array[];
  readonly valid: readonly Int32Array[];
  readonly test: readonly Int32Array[];
}

const START = 0;
const END = 1;

async function readTreebank(path: string, files: FileStore): Promise<Treebank> {
  const ids = new Map<string, number>();
  const archive =
    (await files.stat(path))?.kind === "file"
      ? (readZipEntries(await files.readFile(path)) ?? new Map<string, Uint8Array>())
      : undefined;
  const read = async (part: string): Promise<readonly Int32Array[]> => {
    const name = `ptb.${part}.txt`;
    const bytes = archive === undefined ? await readIfThere(files.join(path, name), files) : findEntry(archive, name);
    if (bytes === undefined) {
      throw new LmError(
        "fileUnreadable",
        `${path} holds no ${name}; name the zip archive or the folder of the Penn Treebank.`,
      );
    }
    return new TextDecoder()
      .decode(bytes)
      .trimEnd()
      .split("\n")
      .map((line) => encode(line, ids));
  };
  const train = await read("train");
  const valid = await read("valid");
  const test = await read("test");
  return { vocabularySize: END + 1 + ids.size, train, valid, test };
}

async function readIfThere(path: string, files: FileStore): Promise<Uint8Array | undefined> {
  return (await files.stat(path))?.kind === "file" ? files.readFile(path) : undefined;
}

function findEntry(entries: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array | undefined {
  return [...entries].find(([path]) => path === name || path.endsWith(`/${name}`))?.[1];
}

function encode(line: string, ids: Map<string, number>): Int32Array {
  const words = line.split(" ").filter((word) => word !== "");
  const sentence = words.map((word) => {
    const id = ids.get(word) ?? END + 1 + ids.size;
    ids.set(word, id);
    return id;
  });
  return Int32Array.from([...sentence, END]);
}

interface Scores {
  readonly tokens: Int32Array;
  readonly probabilities: Float64Array;
}

/** The probability of every word and every end, sentence by sentence. */
function scoreSentences(model: CountingModel, sentences: readonly Int32Array[]): Scores {
  const tokens = Int32Array.from(sentences.flatMap((sentence) => [...sentence]));
  const probabilities = new Float64Array(tokens.length);
  let position = 0;
  for (const sentence of sentences) {
    let state = model.advance(model.initialState(), START);
    for (const token of sentence) {
      probabilities[position++] = model.probability(state, token);
      state = model.advance(state, token);
    }
  }
  return { tokens, probabilities };
}

function scoreWithCache(
  { tokens, probabilities }: Scores,
  { weight, treebank }: { readonly weight: number; readonly treebank: Treebank },
): Omit<TreebankRow, "model"> {
  const cache = new UnigramCache(treebank.vocabularySize, CACHE_TOKENS);
  let nats = 0;
  tokens.forEach((token, position) => {
    const cacheWeight = position === 0 ? 0 : weight;
    nats -= Math.log((1 - cacheWeight) * (probabilities[position] as number) + cacheWeight * cache.probability(token));
    cache.learn(token);
  });
  return { perplexity: perplexityOf({ tokens: tokens.length, nats }), tokens: tokens.length };
}

function bestWeight(validation: Scores, treebank: Treebank): number {
  const tried = CACHE_WEIGHTS.map((weight) => ({ weight, ...scoreWithCache(validation, { weight, treebank }) }));
  return tried.reduce((best, one) => (one.perplexity < best.perplexity ? one : best)).weight;
}
