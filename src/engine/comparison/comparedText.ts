import { LmError } from "../../base/errors.ts";
import { PredictionStream } from "../../batches/predictionStream.ts";
import type { CompareTokenizer } from "../../protocol/compareMessages.ts";
import { IntList } from "../../tokens/intList.ts";
import { trainBpe } from "../../tokens/trainBpe.ts";
import { trainCharVocabulary } from "../../tokens/trainCharVocabulary.ts";
import { trainWordVocabulary } from "../../tokens/wordVocabulary.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import { requireVocabularySize } from "../../tokens/vocabularySizes.ts";

/** What the models of a comparison need of a vocabulary. */
export type ComparedVocabulary = Pick<Vocabulary, "size" | "startId" | "endId" | "encode" | "decode" | "pieceBytes">;

export interface ComparedText {
  readonly vocabulary: ComparedVocabulary;
  readonly training: PredictionStream;
  readonly validation: PredictionStream;
  readonly test: PredictionStream;
}

/** The texts of a comparison, each a list of sentences (lines) or of documents. */
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
  readonly signal: AbortSignal;
}

/** Pieces unless a number is asked for. */
const DEFAULT_SIZES: Readonly<Record<CompareTokenizer, number>> = { char: 512, word: 50_000, bpe: 1024 };
/** Ids are kept in 16 bits. */
const MAX_WORDS = 65_535;

/** Cuts the texts into tokens of a vocabulary that is learnt from the training part. Throws `LmError` where that cannot be. */
export function tokenizeText(raw: RawText, options: TextOptions): ComparedText {
  for (const part of ["training", "validation", "test"] as const) {
    if (raw[part].every((text) => text.trim() === "")) {
      throw new LmError("noDocuments", `The ${part} text is empty; name a file with text in it.`);
    }
  }
  const vocabulary = learnVocabulary(raw.training, options);
  const encode = (texts: readonly string[]): PredictionStream =>
    encodeTexts(texts, { vocabulary, isContinuous: raw.isContinuous, isWords: options.tokenizer === "word" });
  return {
    vocabulary,
    training: encode(raw.training),
    validation: encode(raw.validation),
    test: encode(raw.test),
  };
}

function learnVocabulary(
  texts: readonly string[],
  { tokenizer, vocabularySize, signal }: TextOptions,
): ComparedVocabulary {
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

interface EncodeOptions {
  readonly vocabulary: ComparedVocabulary;
  readonly isContinuous: boolean;
  /** Words have the bytes of the space or line end behind them; where tokens are smaller, END stands for the line end. */
  readonly isWords: boolean;
}

function encodeTexts(texts: readonly string[], { vocabulary, isContinuous, isWords }: EncodeOptions): PredictionStream {
  const tokens = new IntList(1 << 16);
  const starts = new IntList();
  const pieceBytes = Uint16Array.from({ length: vocabulary.size }, (_, id) => vocabulary.pieceBytes(id).length);
  const isLineEnd = isContinuous && !isWords;
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
