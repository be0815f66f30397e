import { isHighSurrogate } from "../base/utf8.ts";

/* eslint-disable @typescript-eslint/max-params -- inner loops: an options object would be allocated for every chunk */

/*
 * Text is cut into chunks before it is cut into pieces, and no piece crosses the edge of a chunk. A chunk is
 *
 * - one newline,
 * - a run of blanks (indentation above all), unless it is a single space before something else: then the space leads that,
 * - letters up to the next change from lower to upper case (`get|Element|ById`), one underscore in front included,
 * - one to three digits,
 * - a run of punctuation,
 * - a run of ideographs and other characters of scripts written without spaces, and of emoji.
 *
 * Where a chunk ends depends on nothing before its start, and on nothing behind its end but the next two UTF-16 units,
 * so whatever is appended to a text can only change its last chunk. `lastChunkBoundary` rests on that.
 *
 * Cuts at humps or not, underscores and dots that lead words or stand alone, runs of two signs or one digit: all of
 * these are within 0.3 % bits per byte of each other (1,024 pieces, order-6 Witten-Bell n-gram over them, fastify and
 * flask), so short chunks were chosen, which leave less unsettled before the caret. Spaces that never lead cost 15 %
 * more tokens.
 */

/** Longest chunk in UTF-16 units: keeps encoding linear on giant lines and what is unsettled before the caret short. */
export const MAX_CHUNK_UNITS = 32;

const MAX_RUN_UNITS = 16;
const MAX_DIGITS = 3;

const NEWLINE = 0;
const BLANK = 1;
const UPPER = 2;
const LOWER = 3;
const DIGIT = 4;
const PUNCTUATION = 5;
const WIDE = 6;

const SPACE_UNIT = 0x20;
const UNDERSCORE_UNIT = 0x5f;

const ASCII_CLASSES = Uint8Array.from({ length: 128 }, (_, unit) => asciiClass(unit));

/** The end of the chunk that starts at `start`, which has to be below `text.length`. */
export function chunkEnd(text: string, start: number): number {
  const first = classAt(text, start);
  if (first === NEWLINE) {
    return start + 1;
  }
  if (first !== BLANK) {
    return bodyEnd(text, start, start, first);
  }
  const end = runEnd(text, start + 1, start + MAX_CHUNK_UNITS, BLANK);
  if (end === start + 1 && end < text.length && text.charCodeAt(start) === SPACE_UNIT) {
    const next = classAt(text, end);
    return next === NEWLINE ? end : bodyEnd(text, start, end, next);
  }
  return end;
}

/** The largest index up to which the chunks of `text` stay as they are whatever is appended to it. */
export function lastChunkBoundary(text: string): number {
  let start = text.lastIndexOf("\n") + 1;
  while (start < text.length) {
    const end = chunkEnd(text, start);
    if (end === text.length) {
      return isFull(text, start, end) ? end : start;
    }
    start = end;
  }
  return start;
}

/** The end of what follows an optional leading space; `start` is where the chunk starts, `body` where its body does. */
function bodyEnd(text: string, start: number, body: number, bodyClass: number): number {
  switch (bodyClass) {
    case UPPER:
    case LOWER:
      return wordEnd(text, body, start + MAX_CHUNK_UNITS);
    case DIGIT:
      return runEnd(text, body + 1, body + MAX_DIGITS, DIGIT);
    case WIDE:
      return wideEnd(text, body, body + MAX_RUN_UNITS);
    default:
      if (text.charCodeAt(body) === UNDERSCORE_UNIT && isWordAt(text, body + 1)) {
        return wordEnd(text, body + 1, start + MAX_CHUNK_UNITS);
      }
      return punctuationEnd(text, body, body + MAX_RUN_UNITS);
  }
}

function runEnd(text: string, from: number, limit: number, runClass: number): number {
  const stop = Math.min(limit, text.length);
  let end = from;
  while (end < stop && classAt(text, end) === runClass) {
    end++;
  }
  return end;
}

/** Ends `camel|Case` and `HTTP|Server` at the bars. */
function wordEnd(text: string, body: number, limit: number): number {
  const stop = Math.min(limit, text.length);
  const capitalsEnd = runEnd(text, body, stop, UPPER);
  if (capitalsEnd === stop || classAt(text, capitalsEnd) !== LOWER) {
    return capitalsEnd;
  }
  if (capitalsEnd - body > 1) {
    return capitalsEnd - 1;
  }
  return runEnd(text, capitalsEnd, stop, LOWER);
}

/** A run of punctuation gives its last underscore to the word behind it. */
function punctuationEnd(text: string, body: number, limit: number): number {
  const end = runEnd(text, body + 1, limit, PUNCTUATION);
  const isLead = text.charCodeAt(end - 1) === UNDERSCORE_UNIT && end > body + 1 && isWordAt(text, end);
  return isLead ? end - 1 : end;
}

/** Never cuts a surrogate pair in two. */
function wideEnd(text: string, body: number, limit: number): number {
  const end = runEnd(text, body + 1, limit, WIDE);
  const cutsPair =
    end === limit && end < text.length && isHighSurrogate(text.charCodeAt(end - 1)) && classAt(text, end) === WIDE;
  return cutsPair ? end - 1 : end;
}

/** Whether the last chunk of a text ended because it is as long as chunks get, so that nothing can lengthen it. */
function isFull(text: string, start: number, end: number): boolean {
  const isLed = text.charCodeAt(start) === SPACE_UNIT && end > start + 1 && classAt(text, start + 1) !== BLANK;
  const body = isLed ? start + 1 : start;
  const last = text.charCodeAt(end - 1);
  switch (classAt(text, end - 1)) {
    case DIGIT:
      return end - body === MAX_DIGITS;
    case PUNCTUATION:
      return end - body === MAX_RUN_UNITS && last !== UNDERSCORE_UNIT;
    case WIDE:
      return end - body === MAX_RUN_UNITS && !isHighSurrogate(last);
    default:
      return end - start === MAX_CHUNK_UNITS;
  }
}

function isWordAt(text: string, utf16Offset: number): boolean {
  if (utf16Offset >= text.length) {
    return false;
  }
  const unitClass = classAt(text, utf16Offset);
  return unitClass === LOWER || unitClass === UPPER;
}

function classAt(text: string, utf16Offset: number): number {
  const unit = text.charCodeAt(utf16Offset);
  return unit < 0x80 ? (ASCII_CLASSES[unit] as number) : wideClass(unit);
}

/** Classes outside ASCII, by block: signs, letters of scripts with spaces, and the rest from the CJK radicals on. */
function wideClass(unit: number): number {
  const isSign =
    (unit < 0xc0 && unit !== 0xaa && unit !== 0xb5 && unit !== 0xba) ||
    (unit >= 0x2000 && unit < 0x2c00) || // punctuation, currency, arrows, mathematics, box drawing, dingbats
    (unit >= 0x2e00 && unit < 0x2e80) ||
    (unit >= 0x3000 && unit < 0x3040) || // CJK punctuation
    (unit >= 0xff00 && unit < 0xff10); // full-width punctuation
  if (isSign) {
    return PUNCTUATION;
  }
  return unit < 0x2e80 ? LOWER : WIDE;
}

function asciiClass(unit: number): number {
  const character = String.fromCharCode(unit);
  if (character === "\n") {
    return NEWLINE;
  }
  if (character === " " || character === "\t") {
    return BLANK;
  }
  if (/[A-Z]/.test(character)) {
    return UPPER;
  }
  if (/[a-z]/.test(character)) {
    return LOWER;
  }
  return /[0-9]/.test(character) ? DIGIT : PUNCTUATION;
}
