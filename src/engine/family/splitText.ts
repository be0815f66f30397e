import { LmError } from "../../base/errors.ts";
import { PredictionStream } from "../../batches/predictionStream.ts";
import type { CompareTokenizer } from "../../protocol/compareMessages.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";
import { IntList } from "../../tokens/intList.ts";
import { trainBpe } from "../../tokens/trainBpe.ts";
import { trainCharVocabulary } from "../../tokens/trainCharVocabulary.ts";
import { trainWordVocabulary } from "../../tokens/wordVocabulary.ts";
import { requireVocabularySize } from "../../tokens/vocabularySizes.ts";

/** A text in three parts as tokens: to learn from, to choose weights by, and to score. */
export interface SplitText {
  readonly vocabulary: AnyVocabulary;
  /** Whether each part is one text, through which a network carries its state; else END closes a document, and the next begins with START. */
  readonly isContinuous: boolean;
  readonly training: PredictionStream;
  readonly validation: PredictionStream;
  readonly test: PredictionStream;
}

/** The three parts as they were read, each a list of sentences (lines) or of documents. */
export interface RawText {
  /** Whether sentences follow one another as one text, through which a network carries its state; documents do not. */
  readonly isContinuous: boolean;
  readonly training: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

interface TextOptions {
  readonly tokenizer: CompareTokenizer;
  readonly vocabularySize: number | null;
  /**
   * Whether START stands before a text and END behind every line or document. Without them each part is one text that begins anywhere: its first token is given, and
   * line ends are what the tokenizer makes of them. Default: true.
   */
  readonly hasBoundaries?: boolean;
  readonly signal: AbortSignal;
}

const PARTS = ["training", "validation", "test"] as const;
/** Pieces unless a number is asked for. */
const DEFAULT_SIZES: Readonly<Record<CompareTokenizer, number>> = { char: 512, word: 50_000, bpe: 1024 };
/** Ids are kept in 16 bits. */
const MAX_WORDS = 65_535;

/** Cuts the texts into tokens of a vocabulary that is learnt from the training part. Throws `LmError` where that cannot be. */
export function tokenizeText(raw: RawText, options: TextOptions): SplitText {
  for (const part of PARTS) {
    if (raw[part].every((text) => text.trim() === "")) {
      throw new LmError("noDocuments", `The ${part} text is empty; name a file with text in it.`);
    }
  }
  if (options.hasBoundaries === false) {
    return tokenizeWhole(raw, options);
  }
  const vocabulary = learnVocabulary(raw.training, options);
  const encode = (texts: readonly string[]): PredictionStream =>
    encodeTexts(texts, { vocabulary, isContinuous: raw.isContinuous });
  return {
    vocabulary,
    isContinuous: raw.isContinuous,
    training: encode(raw.training),
    validation: encode(raw.validation),
    test: encode(raw.test),
  };
}

/** Each part as one text without marks. */
function tokenizeWhole(raw: RawText, options: TextOptions): SplitText {
  if (!raw.isContinuous) {
    throw new LmError(
      "badArgument",
      `"boundaries" cannot be false for documents, which have nothing to do with each other; leave it out, or name one text with --train, --valid and --test.`,
    );
  }
  const whole = (part: (typeof PARTS)[number]): string => raw[part].map((line) => `${line}\n`).join("");
  const vocabulary = learnVocabulary([whole("training")], options);
  const encode = (part: (typeof PARTS)[number]): PredictionStream => {
    const tokens = vocabulary.encode(whole(part));
    if (tokens.length < 2) {
      throw new LmError(
        "noDocuments",
        `Without boundaries the first token is given, and the ${part} text has no other; give more text, or leave "boundaries" out.`,
      );
    }
    const pieceBytes = Uint16Array.from({ length: vocabulary.size }, (_, id) => vocabulary.pieceBytes(id).length);
    return new PredictionStream({
      tokens,
      documentStarts: Int32Array.of(0, tokens.length),
      documentCount: 1,
      predictedTokens: tokens.length - 1,
      bytes: tokens.subarray(1).reduce((sum, id) => sum + (pieceBytes[id] as number), 0),
      pieceBytes,
    });
  };
  return {
    ...{ vocabulary, isContinuous: true },
    ...{ training: encode("training"), validation: encode("validation"), test: encode("test") },
  };
}

function learnVocabulary(texts: readonly string[], { tokenizer, vocabularySize, signal }: TextOptions): AnyVocabulary {
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  if (vocabularySize !== null && vocabularySize > Math.max(bytes, 256)) {
    throw new LmError(
      "badArgument",
      `A vocabulary of ${vocabularySize} pieces is larger than the training text of ${bytes} bytes; ask for a smaller one or give more text.`,
    );
  }
  const size = vocabularySize ?? DEFAULT_SIZES[tokenizer];
  if (tokenizer === "word") {
    return trainWordVocabulary(texts, { vocabularySize: Math.min(size, MAX_WORDS) });
  }
  requireVocabularySize(tokenizer, size);
  return tokenizer === "bpe"
    ? trainBpe(texts, { vocabularySize: size, signal })
    : trainCharVocabulary(texts, { vocabularySize: size });
}

/** Texts as one stream of predictions; as sentences of one text, or each a document of its own. */
export function encodeTexts(
  texts: readonly string[],
  { vocabulary, isContinuous }: { readonly vocabulary: AnyVocabulary; readonly isContinuous: boolean },
): PredictionStream {
  const tokens = new IntList(1 << 16);
  const starts = new IntList();
  const pieceBytes = Uint16Array.from({ length: vocabulary.size }, (_, id) => vocabulary.pieceBytes(id).length);
  // Words have the bytes of the space or line end behind them; where tokens are smaller, END stands for the line end.
  const isLineEnd = isContinuous && vocabulary.kind !== "word";
  pieceBytes[vocabulary.endId] = isLineEnd ? 1 : 0;
  let bytes = 0;
  for (const [index, text] of texts.entries()) {
    if (index === 0 || !isContinuous) {
      starts.push(tokens.length);
      tokens.push(vocabulary.startId);
    }
    const ids = vocabulary.encode(text);
    tokens.pushAll(ids);
    tokens.push(vocabulary.endId);
    bytes += ids.reduce((sum, id) => sum + (pieceBytes[id] as number), pieceBytes[vocabulary.endId] as number);
  }
  const documentCount = starts.length;
  starts.push(tokens.length);
  return new PredictionStream({
    tokens: tokens.toArray(),
    documentStarts: starts.toArray(),
    documentCount,
    predictedTokens: tokens.length - documentCount,
    bytes,
    pieceBytes,
  });
}
