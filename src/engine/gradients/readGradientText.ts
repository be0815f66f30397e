import { LmError } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { PredictionStream } from "../../batches/predictionStream.ts";
import { decodeText } from "../../corpus/decodeText.ts";
import { isSecretFile } from "../../corpus/secretFiles.ts";
import { redactSecrets } from "../../corpus/secrets.ts";
import type { FlowWindow } from "../../models/neural/family/gradientFlow.ts";
import type { GradientJob, GradientSource } from "../../protocol/gradientMessages.ts";
import { type SplitText, type RawText, tokenizeText } from "../family/splitText.ts";
import type { JobContext } from "../jobContext.ts";
import { readWorkspace } from "../readWorkspace.ts";

/** Text to train on, some to choose weights by, and the one window that all networks are looked at on. */
export interface GradientText extends Pick<SplitText, "vocabulary" | "training" | "validation"> {
  readonly window: FlowWindow;
}

/** Of a file, what is trained on; the rest is held out. */
const TRAINING_SHARE = 0.8;
/** Held-out text that chooses weights, in UTF-16 units: a look at it is short beside a training of seconds. */
const VALIDATION_LENGTH = 8000;
/** Held-out text that the window is drawn from. */
const WINDOW_LENGTH = 400_000;

/** The text of a job, cut into tokens. Throws `LmError` where it cannot be read, is too short for the window, or it was cancelled. */
export async function readGradientText(job: GradientJob, context: JobContext): Promise<GradientText> {
  const { training, held } = await readSource(job.source, context);
  const test = firstOf(held, WINDOW_LENGTH);
  const raw: RawText = { isContinuous: false, training, validation: firstOf(held, VALIDATION_LENGTH), test };
  const text = tokenizeText(raw, { tokenizer: job.tokenizer, vocabularySize: null, signal: context.signal });
  if (context.signal.aborted) {
    throw cancelled();
  }
  if (text.training.count < job.windowTokens) {
    throw tooShort("text to learn from", text.training.count, job.windowTokens);
  }
  return { ...text, window: drawWindow(text.test, job) };
}

/** What is thrown where nobody waits any more. */
export function cancelled(): LmError {
  return new LmError("cancelled", "The look at the gradients was cancelled.");
}

async function readSource(
  source: GradientSource,
  context: JobContext,
): Promise<{ readonly training: readonly string[]; readonly held: readonly string[] }> {
  if (source.kind === "file") {
    const cut = cutFile(await readFile(source.path, context));
    if ([...cut.training, ...cut.held].some((text) => text.trim() === "")) {
      throw new LmError(
        "noDocuments",
        `${source.path} is empty or too short: its beginning is learnt from, its end is looked at. Name a longer text file, or a folder.`,
      );
    }
    return cut;
  }
  const corpus = await readWorkspace({ ...source, unsaved: [] }, context);
  if (corpus === null) {
    throw cancelled();
  }
  if (corpus.validation.length === 0) {
    throw new LmError("noDocuments", "Of this folder no document is held out; name a larger folder, or a single file.");
  }
  const texts = (documents: typeof corpus.training): readonly string[] => documents.map(({ text }) => text);
  return { training: texts(corpus.training), held: texts(corpus.validation) };
}

/** The text of a file without its secrets, as of a workspace's documents. */
async function readFile(path: string, { files }: JobContext): Promise<string> {
  const stat = await files.stat(path);
  const decoded = stat?.kind === "file" ? decodeText(await files.readFile(path)) : undefined;
  if (decoded?.kind !== "text") {
    const what = stat === undefined ? "does not exist" : "is not a text file";
    throw new LmError("fileUnreadable", `${path} ${what}; name a text file or a folder.`);
  }
  const { text, isSecretStore } = redactSecrets(decoded.text);
  if (isSecretStore || isSecretFile(path)) {
    throw new LmError(
      "fileUnreadable",
      `${path} looks like a store of secrets, which are not read; name another file.`,
    );
  }
  return text;
}

/** Cut behind a line, where there are lines. */
function cutFile(text: string): { readonly training: readonly string[]; readonly held: readonly string[] } {
  const wanted = Math.floor(text.length * TRAINING_SHARE);
  const lineEnd = text.lastIndexOf("\n", wanted);
  const cut = lineEnd > wanted / 2 ? lineEnd + 1 : wanted;
  return { training: [text.slice(0, cut)], held: [text.slice(cut)] };
}

/** The first documents that have so much text together, the last one of them cut; empty ones are left out. */
function firstOf(texts: readonly string[], length: number): readonly string[] {
  const taken: string[] = [];
  let left = length;
  for (const text of texts.filter((some) => some.trim() !== "")) {
    if (left <= 0) {
      break;
    }
    taken.push(text.slice(0, left));
    left -= text.length;
  }
  return taken;
}

/** A window that lies within one document, each as likely as any other. */
function drawWindow(stream: PredictionStream, { windowTokens, seed }: GradientJob): FlowWindow {
  const whole = stream.window([{ first: 0, countsFrom: 0, isCleared: true }], {
    windowTokens: stream.count,
    isRing: false,
  });
  const starts = [...whole.resets.keys()].filter((place) => whole.resets[place] === 1);
  const spans = starts.map((start, index) => ({ start, end: starts[index + 1] ?? stream.count }));
  const places = spans.map(({ start, end }) => ({ start, count: Math.max(0, end - start - windowTokens + 1) }));
  const total = places.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) {
    const longest = Math.max(...spans.map(({ start, end }) => end - start));
    throw tooShort("longest document of the text that is held out", longest, windowTokens);
  }
  let drawn = createRng(seed).nextInt(total);
  const span = places.find(({ count }) => {
    const isHere = drawn < count;
    drawn -= isHere ? 0 : count;
    return isHere;
  });
  const first = (span?.start ?? 0) + drawn;
  const last = first + windowTokens;
  return { inputs: whole.inputs.slice(first, last), target: whole.targets[last - 1] as number };
}

function tooShort(what: string, tokens: number, windowTokens: number): LmError {
  return new LmError(
    "badArgument",
    `The ${what} has ${tokens} tokens, fewer than the window of ${windowTokens}; choose a window of at most ${tokens}, or give more text.`,
  );
}
