import { LmError } from "../base/errors.ts";
import type { Clock } from "../base/ports.ts";
import { readableCount, readableFigure } from "../base/readableNumbers.ts";
import type { Corpus } from "../corpus/corpus.ts";
import { bitsPerByteOf, type Tally } from "../evaluation/tally.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import { CountingModel, type CountingState } from "../models/counting/countingModel.ts";
import { createSmoothing } from "../models/counting/createSmoothing.ts";
import { SMOOTHING_NAMES, type SmoothingName } from "../models/counting/smoothing.ts";
import { trainBpe } from "../tokens/trainBpe.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { median } from "./median.ts";
import { readFolderCorpus } from "./readFolderCorpus.ts";

export interface CountsBenchArguments {
  readonly paths: readonly string[];
  /** N */
  readonly order: number;
  /** Null for all. */
  readonly smoothing: SmoothingName | null;
  readonly vocabularySize: number;
  /** Whether contexts beyond N − 1 tokens are matched too. */
  readonly isUnbounded: boolean;
}

/** What was measured of one folder with one smoothing. */
export interface CountsBenchRow {
  readonly path: string;
  readonly corpusBytes: number;
  readonly tokens: number;
  /** From tokens to answers: counting and sorting; the median of a few tries. */
  readonly learnBytesPerSecond: number;
  readonly indexBytes: number;
  /** `indexBytes` for each byte of text. */
  readonly bytesPerByte: number;
  readonly distributionMs: number;
  readonly top50Ms: number;
  /** Of the validation files; null where something in them was held impossible. */
  readonly bitsPerByte: number | null;
  readonly validationTokens: number;
  readonly smoothing: SmoothingName;
  readonly order: number;
  readonly isUnbounded: boolean;
  /** Lengths of context for which the closed form of the discounts broke down and customary ones were taken. */
  readonly fallbackDepths: readonly number[];
}

/** Learns the training files of each folder, scores its validation files, and measures how fast that goes. */
export async function runCountsBench(given: CountsBenchArguments, context: CommandContext): Promise<ExitCode> {
  for (const path of given.paths) {
    const corpus = await readFolderCorpus(context.resolvePath(path), context);
    const vocabulary = trainBpe(
      corpus.training.map(({ text }) => text),
      { vocabularySize: given.vocabularySize, signal: context.signal },
    );
    const learnt = learnCorpus(corpus, { vocabulary, context });
    for (const smoothing of given.smoothing === null ? SMOOTHING_NAMES : [given.smoothing]) {
      const row = { path, ...(await measure(learnt, { given, smoothing, corpus, vocabulary, context })) };
      context.terminal.result(row, describe(row));
    }
  }
  return 0;
}

interface LearntCorpus {
  readonly index: CountIndex;
  readonly corpusBytes: number;
  readonly learnBytesPerSecond: number;
}

/** Small corpora are learnt a few times over, for V8 begins with slow code. */
const LEARN_TRIES = 3;
const MANY_BYTES = 20_000_000;

function learnCorpus(
  { training }: Corpus,
  { vocabulary, context }: { readonly vocabulary: Vocabulary; readonly context: CommandContext },
): LearntCorpus {
  const documents = training.map(({ text }) => withEnd(vocabulary, text));
  const corpusBytes = training.reduce((sum, { textBytes }) => sum + textBytes, 0);
  const timesMs: number[] = [];
  for (;;) {
    const startMs = context.clock.nowMs();
    const index = new CountIndex({ vocabularySize: vocabulary.size, startId: vocabulary.startId });
    for (const document of documents) {
      stopIfAborted(context.signal);
      index.learn(document);
    }
    // Documents are sorted when somebody asks.
    index.settle();
    timesMs.push(context.clock.nowMs() - startMs);
    if (timesMs.length === LEARN_TRIES || corpusBytes > MANY_BYTES) {
      return { index, corpusBytes, learnBytesPerSecond: Math.round((corpusBytes * 1000) / median(timesMs)) };
    }
  }
}

interface MeasureOptions {
  readonly given: CountsBenchArguments;
  readonly smoothing: SmoothingName;
  readonly corpus: Corpus;
  readonly vocabulary: Vocabulary;
  readonly context: CommandContext;
}

async function measure(
  { index, corpusBytes, learnBytesPerSecond }: LearntCorpus,
  { given: { order, isUnbounded }, smoothing, corpus, vocabulary, context }: MeasureOptions,
): Promise<Omit<CountsBenchRow, "path">> {
  const fitted = createSmoothing(smoothing, { index, order });
  const model = new CountingModel({ index, smoothing: fitted.smoothing, order, isUnbounded });
  const states: CountingState[] = [];
  const tally = { tokens: 0, bytes: 0, nats: 0 };
  for (const { text, textBytes } of corpus.validation) {
    stopIfAborted(context.signal);
    const scored = scoreDocument(model, { startId: vocabulary.startId, tokens: withEnd(vocabulary, text) });
    tally.tokens += scored.states.length;
    tally.bytes += textBytes;
    tally.nats += scored.nats;
    states.push(...scored.states.filter((_, position) => position % STATE_STRIDE === 0));
    // Ctrl+C arrives on this thread.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const out = new Float32Array(vocabulary.size);
  return {
    corpusBytes,
    tokens: index.tokenCount,
    learnBytesPerSecond,
    indexBytes: index.byteLength,
    bytesPerByte: index.byteLength / corpusBytes,
    distributionMs: timeCalls(states, { clock: context.clock, call: (state) => model.logProbabilities(state, out) }),
    top50Ms: timeCalls(states, { clock: context.clock, call: (state) => model.topTokens(state, 50) }),
    bitsPerByte: finiteOrNull(bitsPerByteOf(tally satisfies Tally)),
    validationTokens: tally.tokens,
    smoothing,
    order,
    isUnbounded,
    fallbackDepths: fitted.discounts.flatMap(({ isFallback }, depth) => (isFallback ? [depth] : [])),
  };
}

/** Every so many tokens of held-out text one context is kept for timing. */
const STATE_STRIDE = 7;

function scoreDocument(
  model: CountingModel,
  { startId, tokens }: { readonly startId: number; readonly tokens: Int32Array },
): { readonly nats: number; readonly states: readonly CountingState[] } {
  const states: CountingState[] = [];
  let state = model.advance(model.initialState(), startId);
  let nats = 0;
  for (const token of tokens) {
    nats -= Math.log(model.probability(state, token));
    states.push(state);
    state = model.advance(state, token);
  }
  return { nats, states };
}

/** Calls that are timed together, so that the clock's grain does not matter. */
const CALLS = 20;
const MAX_CALLS = 6000;

/** Milliseconds of one call: the median of small groups, for a busy machine disturbs some of them. */
function timeCalls<S>(
  states: readonly S[],
  { clock, call }: { readonly clock: Clock; readonly call: (state: S) => unknown },
): number {
  const timesMs: number[] = [];
  const count = Math.min(MAX_CALLS, states.length);
  for (let start = 0; start < count; start += CALLS) {
    const group = states.slice(start, start + CALLS);
    const startMs = clock.nowMs();
    group.forEach(call);
    timesMs.push((clock.nowMs() - startMs) / group.length);
  }
  return median(timesMs);
}

function withEnd(vocabulary: Vocabulary, text: string): Int32Array {
  const tokens = vocabulary.encode(text);
  const document = new Int32Array(tokens.length + 1);
  document.set(tokens);
  document[tokens.length] = vocabulary.endId;
  return document;
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) {
    throw cancelled();
  }
}

function cancelled(): LmError {
  return new LmError("cancelled", "The measurement was cancelled.");
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function describe(row: CountsBenchRow): string {
  const bits = row.bitsPerByte === null ? "impossible" : readableFigure(row.bitsPerByte);
  return [
    `${row.path}, ${row.smoothing}, order ${row.order}${row.isUnbounded ? " and beyond" : ""}: ${bits} bits per byte`,
    `  ${readableCount(row.corpusBytes)} bytes learnt at ${readableFigure(row.learnBytesPerSecond / 1e6)} MB/s,` +
      ` ${readableFigure(row.bytesPerByte)} bytes kept for each,` +
      ` distribution in ${readableFigure(row.distributionMs)} ms, top 50 in ${readableFigure(row.top50Ms)} ms`,
  ].join("\n");
}
