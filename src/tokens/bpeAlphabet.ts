import type { SerializedPiece } from "./vocabulary.ts";

const FIRST_ASCII_ID = 2;
const ASCII_COUNT = 128;

/**
 * The pieces every BPE vocabulary begins with, in id order: START, END, the 128 ASCII characters, and the 115 bytes above
 * them that occur in UTF-8 (0x80–0xBF, 0xC2–0xF4). They are what it takes for any text to round-trip; ASCII
 * characters are their own byte pieces.
 */
export const BASE_PIECES: readonly SerializedPiece[] = [
  { mark: "start" },
  { mark: "end" },
  ...Array.from({ length: ASCII_COUNT }, (_, unit) => ({ text: String.fromCharCode(unit) })),
  ...byteRange(0x80, 0xbf),
  ...byteRange(0xc2, 0xf4),
];

/** The id of an ASCII character in a vocabulary that begins with `BASE_PIECES`. */
export function asciiId(unit: number): number {
  return FIRST_ASCII_ID + unit;
}

function byteRange(first: number, last: number): readonly SerializedPiece[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({ byte: first + index }));
}
