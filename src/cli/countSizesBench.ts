import { readableCount, readableFigure } from "../base/readableNumbers.ts";
import type { CorpusDocument } from "../corpus/corpus.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import type { CountSegment } from "../models/counting/countSegment.ts";
import { CountingModel, type CountingState } from "../models/counting/countingModel.ts";
import type { Passage } from "../models/counting/passage.ts";
import { SuccessorTally } from "../models/counting/successorTally.ts";
import { wittenBell } from "../models/counting/wittenBell.ts";
import { MixtureModel, type MixtureState } from "../models/mixture/mixtureModel.ts";
import { processorMs } from "../node/processorTime.ts";
import { DocumentSections } from "../predictor/counting/documentSections.ts";
import { FileBatch } from "../predictor/counting/fileBatch.ts";
import { LiveDocuments } from "../predictor/counting/liveDocuments.ts";
import { type FreshFile, SegmentShelf } from "../predictor/counting/segmentShelf.ts";
import { trainBpe } from "../tokens/trainBpe.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { measureRestarts, type RestartFigures } from "./countRestarts.ts";
import { median } from "./median.ts";
import { foldersOf, readSizedCorpus } from "./sizedCorpus.ts";

export interface CountSizesArguments {
  /** Folders whose files are taken together. */
  readonly paths: readonly string[];
  /** Millions of bytes to count, each by itself. */
  readonly sizes: readonly number[];
  /** N */
  readonly order: number;
  readonly vocabularySize: number;
  /** Directory for indexes, which are removed again; null leaves restarts out. */
  readonly scratch: string | null;
}

/** What was measured of one size. Times are of processor time, all threads together, so that what else runs does not matter much. */
export interface CountSizesRow {
  readonly corpusBytes: number;
  readonly fileCount: number;
  readonly tokens: number;
  readonly tokenizeBytesPerSecond: number;
  /** From tokens until all can be asked; the median of a few tries where the corpus is small. */
  readonly countBytesPerSecond: number;
  /** Joining what was counted into few segments, beside all else. */
  readonly joinSeconds: number;
  readonly segmentsCounted: number;
  readonly segmentsJoined: number;
  readonly bytesPerByte: number;
  /** For one edit of one file until the next distribution: median and largest. */
  readonly updateMs: number;
  readonly slowestUpdateMs: number;
  /** By the clock, the median question: a full distribution of the n-gram model, and of what suggests. */
  readonly distributionMs: number;
  readonly mixtureMs: number;
  readonly top50Ms: number;
  /** The same before anything was joined. */
  readonly top50UnjoinedMs: number;
  readonly restarts: RestartFigures | null;
  /** Floors that were not reached. */
  readonly missed: readonly string[];
}

/** How time grows with size: time ∝ bytes^exponent, by least squares over the logarithms; 1 is linear. */
export interface CountGrowthRow {
  readonly sizes: readonly number[];
  readonly tokenizeExponent: number;
  readonly countExponent: number;
}

/** What counting promises: rates at least, all else at most. */
const FLOORS = {
  tokenizeBytesPerSecond: 3_000_000,
  countBytesPerSecond: 5_000_000,
  bytesPerByte: 6,
  updateMs: 20,
  distributionMs: 0.3,
  top50Ms: 0.05,
} as const;

const VOCABULARY_CHARS = 1_500_000;
const EDITED_FILES = 25;
/** Questions that are timed, after as many that are not. */
const QUESTIONS = 3000;

/** Counts as much of some folders as is asked for, one size after the other, and measures how that grows. */
export async function runCountSizesBench(given: CountSizesArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const rows: CountSizesRow[] = [];
  for (const size of given.sizes) {
    const row = await measureSize(size, given, context);
    rows.push(row);
    terminal.result(row, describe(row));
  }
  if (rows.length > 1) {
    const growth = growthOf(rows);
    terminal.result(growth, `time grows with bytes to the power of ${readableFigure(growth.countExponent)}`);
  }
  return 0;
}

async function measureSize(size: number, given: CountSizesArguments, context: CommandContext): Promise<CountSizesRow> {
  const folders = foldersOf(given.paths, context);
  const { documents, heldOut } = await readSizedCorpus(folders, size, context);
  const vocabulary = trainBpe(sample(documents), { vocabularySize: given.vocabularySize, signal: context.signal });
  const corpusBytes = documents.reduce((sum, { textBytes }) => sum + textBytes, 0);
  const tokenizing = new Stopwatch();
  const files = documents.map((document) => cutFile(document, vocabulary));
  const tokenizeMs = tokenizing.ms;
  const counted = countRepeatedly(files, { vocabulary, corpusBytes });
  const { index } = counted;
  const held = heldOut.map((text) => vocabulary.encode(text));
  const top50UnjoinedMs = timeTop50(index, { held, given, context });
  const segmentsCounted = index.segmentCount;
  const joining = new Stopwatch();
  counted.join();
  const joinSeconds = joining.ms / 1000;
  const figures = {
    tokenizeBytesPerSecond: Math.round((corpusBytes * 1000) / tokenizeMs),
    countBytesPerSecond: Math.round((corpusBytes * 1000) / counted.ms),
    bytesPerByte: index.byteLength / corpusBytes,
    ...timeUpdates(documents, { counted, vocabulary }),
    ...timeDistributions(index, { held, given, context }),
    top50Ms: timeTop50(index, { held, given, context }),
  };
  return {
    corpusBytes,
    fileCount: documents.length,
    tokens: index.tokenCount,
    ...figures,
    joinSeconds,
    segmentsCounted,
    segmentsJoined: index.segmentCount,
    top50UnjoinedMs,
    restarts:
      given.scratch === null
        ? null
        : await measureRestarts({ folders, maxBytes: size * 1e6, scratch: given.scratch }, context),
    missed: missedOf(figures),
  };
}

function sample(documents: readonly CorpusDocument[]): readonly string[] {
  let chars = 0;
  return documents.flatMap(({ text }) => {
    const isWanted = chars < VOCABULARY_CHARS;
    chars += text.length;
    return isWanted ? [text] : [];
  });
}

function cutFile({ path, text, textBytes }: CorpusDocument, vocabulary: Vocabulary): FreshFile {
  const passages = DocumentSections.cut(text, { vocabulary, isRedacted: true }).passages(null);
  return { path, facts: { sizeBytes: textBytes, modifiedEpochMs: 0, textHash: path, textBytes }, passages };
}

interface CountedFiles {
  readonly index: CountIndex;
  readonly shelf: SegmentShelf;
  /** Counting took so long. */
  readonly ms: number;
  /** Joins segments as the counting thread does when it has time. */
  join(): void;
}

/** Small corpora are counted a few times over, for V8 begins with slow code. */
const COUNT_TRIES = 5;
const MANY_BYTES = 20_000_000;

function countRepeatedly(
  files: readonly FreshFile[],
  { vocabulary, corpusBytes }: { readonly vocabulary: Vocabulary; readonly corpusBytes: number },
): CountedFiles {
  const counted = countFiles(files, vocabulary);
  const timesMs = [counted.ms];
  while (corpusBytes <= MANY_BYTES && timesMs.length < COUNT_TRIES) {
    timesMs.push(countFiles(files, vocabulary).ms);
  }
  return { ...counted, ms: median(timesMs) };
}

/** Counts as the counting thread does. */
function countFiles(files: readonly FreshFile[], { size, startId, endId }: Vocabulary): CountedFiles {
  const options = { vocabularySize: size, startId, breakId: endId };
  const shelf = new SegmentShelf({ ...options, tally: new SuccessorTally(size) });
  const index = new CountIndex(options);
  const known = new Map<number, CountSegment>();
  const publish = (): void => {
    const { learnt } = shelf.takeChange();
    const added = learnt.added.flatMap(({ id }) => {
      const segment = shelf.segments.get(id);
      return segment === undefined ? [] : [known.set(id, segment).get(id) ?? segment];
    });
    const removed = learnt.removed.flatMap((id) => known.get(id) ?? []);
    index.exchange({ learnt: { added, removed }, forgotten: { added: [], removed: [] } });
  };
  const watch = new Stopwatch();
  const batch = new FileBatch();
  for (const [place, file] of files.entries()) {
    batch.add(file);
    if (batch.isFull || place === files.length - 1) {
      shelf.put(batch.take());
      shelf.tidy();
      publish();
    }
  }
  const { ms } = watch;
  return {
    index,
    shelf,
    ms,
    join: () => {
      for (let work = shelf.join(); work !== undefined; work = shelf.join()) {
        Array.from(work);
        publish();
      }
    },
  };
}

/** Edits some files as somebody who types: a line in the middle, in an open document, until the next distribution. */
function timeUpdates(
  documents: readonly CorpusDocument[],
  { counted: { index, shelf }, vocabulary }: { readonly counted: CountedFiles; readonly vocabulary: Vocabulary },
): Pick<CountSizesRow, "updateMs" | "slowestUpdateMs"> {
  const basis = (path: string): readonly Passage[] | undefined => {
    const file = shelf.files.get(path);
    const segment = file === undefined ? undefined : shelf.segments.get(file.segment);
    return file === undefined || segment === undefined
      ? undefined
      : Array.from({ length: file.count }, (_, place) => segment.passage(file.first + place));
  };
  const live = new LiveDocuments({ index, vocabulary, basis });
  const model = new MixtureModel(mixtureOptions(index));
  const out = new Float32Array(index.vocabularySize);
  const stride = Math.max(1, Math.floor(documents.length / EDITED_FILES));
  const timesMs: number[] = [];
  for (let place = 0; place < documents.length; place += stride) {
    const { path, text } = documents[place] as CorpusDocument;
    Array.from(live.update(path, text));
    const middle = text.indexOf("\n", text.length >> 1) + 1;
    const edited = `${text.slice(0, middle)}  const edited${place} = measure(${place});\n${text.slice(middle)}`;
    const state = stateBehind(model, vocabulary.encode(edited.slice(Math.max(0, middle - 200), middle)), index.startId);
    const watch = new Stopwatch();
    Array.from(live.update(path, edited));
    model.logProbabilities(state, out);
    timesMs.push(watch.ms);
    live.close(path);
  }
  return { updateMs: median(timesMs), slowestUpdateMs: Math.max(...timesMs) };
}

interface TimedQuestions {
  /** Texts that were not counted, in tokens. */
  readonly held: readonly Int32Array[];
  readonly given: CountSizesArguments;
  readonly context: CommandContext;
}

function timeDistributions(
  index: CountIndex,
  questions: TimedQuestions,
): Pick<CountSizesRow, "distributionMs" | "mixtureMs"> {
  const counting = ngramModel(index, questions.given);
  const mixture = new MixtureModel(mixtureOptions(index));
  const out = new Float32Array(index.vocabularySize);
  const ngramStates = statesIn(counting, questions, index.startId);
  const mixtureStates = statesIn(mixture, questions, index.startId);
  return {
    distributionMs: timeEach(ngramStates, questions, (state) => counting.logProbabilities(state, out)),
    mixtureMs: timeEach(mixtureStates, questions, (state) => mixture.logProbabilities(state, out)),
  };
}

function timeTop50(index: CountIndex, questions: TimedQuestions): number {
  const model = ngramModel(index, questions.given);
  return timeEach(statesIn(model, questions, index.startId), questions, (state) => model.topTokens(state, 50));
}

function ngramModel(index: CountIndex, { order }: CountSizesArguments): CountingModel {
  return new CountingModel({ index, smoothing: wittenBell(), order, isUnbounded: true });
}

function mixtureOptions(index: CountIndex): ConstructorParameters<typeof MixtureModel>[0] {
  const { vocabularySize, startId } = index;
  return { vocabularySize, startId, counts: index, local: null, lstm: null, gate: null };
}

interface Reader<S> {
  initialState(): S;
  advance(state: S, token: number): S;
}

function stateBehind(model: Reader<MixtureState>, tokens: Int32Array, startId: number): MixtureState {
  return tokens.reduce<MixtureState>(
    (state, token) => model.advance(state, token),
    model.advance(model.initialState(), startId),
  );
}

/** Places in the texts held out, spread evenly. */
function statesIn<S extends CountingState | MixtureState | null>(
  model: Reader<S>,
  { held }: TimedQuestions,
  startId: number,
): readonly S[] {
  const stride = Math.max(1, Math.floor(held.reduce((sum, { length }) => sum + length, 0) / QUESTIONS));
  const states: S[] = [];
  let place = 0;
  for (const tokens of held) {
    let state = model.advance(model.initialState(), startId);
    for (const token of tokens) {
      if (place++ % stride === 0) {
        states.push(state);
      }
      state = model.advance(state, token);
    }
  }
  return states;
}

/** The median of all after every question was asked once, for somebody who types asks about the same text many times. */
function timeEach<S>(states: readonly S[], { context }: TimedQuestions, call: (state: S) => unknown): number {
  states.forEach(call);
  return median(
    states.map((state) => {
      const startMs = context.clock.nowMs();
      call(state);
      return context.clock.nowMs() - startMs;
    }),
  );
}

function missedOf(figures: Readonly<Record<keyof typeof FLOORS, number>>): readonly string[] {
  return (Object.keys(FLOORS) as (keyof typeof FLOORS)[]).filter((name) =>
    name.endsWith("PerSecond") ? figures[name] < FLOORS[name] : figures[name] > FLOORS[name],
  );
}

function growthOf(rows: readonly CountSizesRow[]): CountGrowthRow {
  const exponentOf = (rateOf: (row: CountSizesRow) => number): number => {
    const points = rows.map((row) => [Math.log(row.corpusBytes), Math.log(row.corpusBytes / rateOf(row))] as const);
    const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
    const [x, y] = [mean(0), mean(1)];
    const above = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
    return above / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
  };
  return {
    sizes: rows.map(({ corpusBytes }) => corpusBytes),
    tokenizeExponent: exponentOf(({ tokenizeBytesPerSecond }) => tokenizeBytesPerSecond),
    countExponent: exponentOf(({ countBytesPerSecond }) => countBytesPerSecond),
  };
}

function describe(row: CountSizesRow): string {
  const rate = (bytesPerSecond: number): string => `${readableFigure(bytesPerSecond / 1e6)} MB/s`;
  const lines = [
    `${readableCount(row.corpusBytes)} bytes in ${readableCount(row.fileCount)} files, ${readableCount(row.tokens)} tokens`,
    `  tokenized at ${rate(row.tokenizeBytesPerSecond)}, counted at ${rate(row.countBytesPerSecond)}, ${readableFigure(row.bytesPerByte)} bytes kept for each`,
    `  ${row.segmentsCounted} segments joined to ${row.segmentsJoined} in ${readableFigure(row.joinSeconds)} s`,
    `  an edit in ${readableFigure(row.updateMs)} ms (largest ${readableFigure(row.slowestUpdateMs)}), distribution in ${readableFigure(row.distributionMs)} ms, top 50 in ${readableFigure(row.top50Ms)} ms`,
    ...(row.missed.length === 0 ? [] : [`  missed: ${row.missed.join(", ")}`]),
  ];
  return lines.join("\n");
}

/** Processor time since it was made. */
class Stopwatch {
  readonly #startMs = processorMs();

  public get ms(): number {
    return processorMs() - this.#startMs;
  }
}
