import { LmError } from "../base/errors.ts";
import { BASE_PIECES } from "./bpeAlphabet.ts";
import { BpeVocabulary } from "./bpeVocabulary.ts";
import { CHAR_MARKS, CharVocabulary } from "./charVocabulary.ts";
import { scalarValueAt } from "../base/utf8.ts";
import type { SerializedPiece, Vocabulary } from "./vocabulary.ts";

/**
 * The vocabulary that `serialize()` described, read from JSON.
 * @throws LmError `checkpointCorrupt` where the data does not describe a vocabulary that can encode every text
 */
export function restoreVocabulary(data: unknown): Vocabulary {
  if (!isRecord(data) || !Array.isArray(data["pieces"]) || !Array.isArray(data["merges"])) {
    throw corrupt("it is not a list of pieces and merges");
  }
  const pieces = data["pieces"].map(readPiece);
  switch (data["kind"]) {
    case "char":
      return restoreChar(pieces, data["merges"]);
    case "bpe":
      return restoreBpe(pieces, data["merges"]);
    default:
      throw corrupt(`its kind is ${JSON.stringify(data["kind"])}`);
  }
}

function restoreChar(pieces: readonly SerializedPiece[], merges: readonly unknown[]): CharVocabulary {
  requireStart(pieces, CHAR_MARKS);
  if (merges.length > 0) {
    throw corrupt("characters have no merges");
  }
  const texts = textsAfter(pieces, CHAR_MARKS.length);
  const long = texts.find((text) => !isOneCharacter(text));
  if (long !== undefined) {
    throw corrupt(`${JSON.stringify(long)} is not one character`);
  }
  return new CharVocabulary(texts);
}

function restoreBpe(pieces: readonly SerializedPiece[], rawMerges: readonly unknown[]): BpeVocabulary {
  requireStart(pieces, BASE_PIECES);
  textsAfter(pieces, BASE_PIECES.length);
  const texts = pieces.map((piece) => ("text" in piece ? piece.text : ""));
  const merges = rawMerges.map(readMerge);
  // Every piece of several characters is made by one merge, and every merge makes one.
  const unmade = new Set(texts.filter((text) => text !== "" && !isOneCharacter(text)));
  for (const [left, right] of merges) {
    const leftText = texts[left] ?? "";
    const rightText = texts[right] ?? "";
    if (leftText === "" || rightText === "" || !unmade.delete(leftText + rightText)) {
      throw corrupt(`the merge of ${left} and ${right} makes no piece of its own`);
    }
  }
  if (unmade.size > 0) {
    throw corrupt(`${unmade.size} of its pieces are made by no merge`);
  }
  return new BpeVocabulary({ pieces, merges });
}

function readPiece(piece: unknown): SerializedPiece {
  if (isRecord(piece)) {
    const { text, byte, mark } = piece;
    if (typeof text === "string" && text !== "" && isWellFormed(text)) {
      return { text };
    }
    if (typeof byte === "number" && Number.isInteger(byte) && byte >= 0 && byte <= 0xff) {
      return { byte };
    }
    if (mark === "start" || mark === "end" || mark === "unknown") {
      return { mark };
    }
  }
  throw corrupt(`${JSON.stringify(piece)} is no piece`);
}

function readMerge(merge: unknown): readonly [number, number] {
  if (Array.isArray(merge) && merge.length === 2) {
    const [left, right] = merge as readonly unknown[];
    if (typeof left === "number" && typeof right === "number") {
      return [left, right];
    }
  }
  throw corrupt(`${JSON.stringify(merge)} is no merge`);
}

function requireStart(pieces: readonly SerializedPiece[], expected: readonly SerializedPiece[]): void {
  expected.forEach((piece, id) => {
    if (JSON.stringify(pieces[id]) !== JSON.stringify(piece)) {
      throw corrupt(`id ${id} is not ${JSON.stringify(piece)}`);
    }
  });
}

/** The texts of the pieces from id `first` on, which have to be distinct from each other and from all before. */
function textsAfter(pieces: readonly SerializedPiece[], first: number): readonly string[] {
  const seen = new Set(pieces.slice(0, first).map((piece) => ("text" in piece ? piece.text : undefined)));
  return pieces.slice(first).map((piece) => {
    if (!("text" in piece) || seen.has(piece.text)) {
      throw corrupt(`${JSON.stringify(piece)} is out of place`);
    }
    seen.add(piece.text);
    return piece.text;
  });
}

function isOneCharacter(text: string): boolean {
  return text.length === (scalarValueAt(text, 0) > 0xffff ? 2 : 1);
}

function isWellFormed(text: string): boolean {
  // With the `u` flag a surrogate matches only where it is not half of a pair.
  return !/\p{Surrogate}/u.test(text);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function corrupt(why: string): LmError {
  return new LmError("checkpointCorrupt", `The model's vocabulary is damaged: ${why}. Train the model again.`, {
    facts: { why },
  });
}
