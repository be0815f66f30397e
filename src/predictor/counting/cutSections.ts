import { IntList } from "../../tokens/intList.ts";

/** A line ends a section if no line so near, in UTF-16 units, has a smaller hash: sections are at least this long, twice that on average. */
const REACH_CHARS = 1_500;
/** No section is longer. */
const MAX_SECTION_CHARS = 8_000;
/** Of a line, this much is hashed. */
const HASHED_CHARS = 80;
/** Texts are compared in stretches of this many UTF-16 units. */
const COMPARED_CHARS = 4_096;

/** A text and its lines. */
export interface TextLines {
  readonly text: string;
  /** Where each line begins. */
  readonly starts: Int32Array;
  readonly hashes: Int32Array;
}

/**
 * The lines of a text.
 * @param previous of the text as it was before; what is the same at its beginning and its end is taken from there
 */
export function readLines(text: string, previous?: TextLines): TextLines {
  if (previous === undefined) {
    return { text, ...readStretch(text, 0, text.length) };
  }
  const { starts, hashes } = previous;
  const shift = text.length - previous.text.length;
  const prefix = sharedPrefix(text, previous.text);
  const suffix = sharedSuffix(text, previous.text, prefix);
  const headCount = Math.max(0, countAtMost(starts, prefix) - 1);
  // A line of the tail has its newline before it in the tail as well, so that it begins there in both texts.
  const tailFrom = countAtMost(starts, previous.text.length - suffix);
  const tailStart = starts[tailFrom];
  const middle = readStretch(text, starts[headCount] ?? 0, tailStart === undefined ? text.length : tailStart + shift);
  return {
    text,
    starts: joined([starts.subarray(0, headCount), middle.starts, starts.subarray(tailFrom).map((at) => at + shift)]),
    hashes: joined([hashes.subarray(0, headCount), middle.hashes, hashes.subarray(tailFrom)]),
  };
}

/**
 * Cuts a text into sections of 1.5 to 8 kB at the ends of lines, or inside a line that is longer than a section, where no piece crosses.
 * Whether a section ends behind a line is for the lines near it to say: what is inserted somewhere leaves all sections alone that are
 * not next to it.
 * @param lastBoundary as in `Vocabulary`
 * @returns where each section ends; the last at the end of the text
 */
export function cutSections(
  { text, starts, hashes }: TextLines,
  lastBoundary: (text: string) => number,
): readonly number[] {
  const ends: number[] = [];
  let start = 0;
  for (const line of endingLines(starts, hashes, text.length)) {
    const end = starts[line + 1] ?? text.length;
    cutLong({ text, start, end, starts, line }, { ends, lastBoundary });
    ends.push(end);
    start = end;
  }
  if (start < text.length || text === "") {
    cutLong({ text, start, end: text.length, starts, line: starts.length - 1 }, { ends, lastBoundary });
    ends.push(text.length);
  }
  return ends;
}

function readStretch(text: string, from: number, to: number): Pick<TextLines, "starts" | "hashes"> {
  const starts = new IntList();
  const hashes = new IntList();
  for (let start = from; start < to;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline + 1;
    starts.push(start);
    hashes.push(hashLine(text, start, end));
    start = end;
  }
  return { starts: starts.toArray(), hashes: hashes.toArray() };
}

/** How much two texts have in common at their beginnings, at least: in whole stretches. */
function sharedPrefix(left: string, right: string): number {
  const most = Math.min(left.length, right.length);
  let shared = 0;
  for (let end = COMPARED_CHARS; end <= most && left.slice(shared, end) === right.slice(shared, end);) {
    shared = end;
    end += COMPARED_CHARS;
  }
  return shared;
}

/** The same at their ends; without what they share at their beginnings. */
function sharedSuffix(left: string, right: string, prefix: number): number {
  const most = Math.min(left.length, right.length) - prefix;
  const stretch = (text: string, shared: number): string =>
    text.slice(text.length - shared - COMPARED_CHARS, text.length - shared);
  let shared = 0;
  while (shared + COMPARED_CHARS <= most && stretch(left, shared) === stretch(right, shared)) {
    shared += COMPARED_CHARS;
  }
  return shared;
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The lines behind which a section ends: those with the smallest hash far and wide. */
function endingLines(starts: Int32Array, hashes: Int32Array, textLength: number): readonly number[] {
  const ending: number[] = [];
  /** Lines that no later line has undercut, of growing hash. */
  const open: number[] = [];
  const isFar = (line: number, undercutAt: number): boolean => undercutAt - (starts[line] as number) >= REACH_CHARS;
  const isAlone = new Uint8Array(starts.length);
  const close = (line: number, undercutAt: number): void => {
    if (isAlone[line] === 1 && isFar(line, undercutAt)) {
      ending.push(line);
    }
  };
  for (let line = 0; line < starts.length; line++) {
    const hash = hashes[line] as number;
    while (open.length > 0 && (hashes[open.at(-1) as number] as number) > hash) {
      close(open.pop() as number, starts[line] as number);
    }
    const before = open.at(-1);
    isAlone[line] =
      (starts[line] as number) - (before === undefined ? 0 : (starts[before] as number)) >= REACH_CHARS ? 1 : 0;
    open.push(line);
  }
  for (const line of open) {
    close(line, textLength);
  }
  return ending.sort((a, b) => a - b);
}

interface LongStretch {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly starts: Int32Array;
  /** The last line of the stretch. */
  readonly line: number;
}

/** Cuts a stretch without a natural end where it gets too long. */
function cutLong(
  { text, start, end, starts, line }: LongStretch,
  { ends, lastBoundary }: { readonly ends: number[]; readonly lastBoundary: (text: string) => number },
): void {
  let from = start;
  while (end - from > MAX_SECTION_CHARS) {
    const limit = Math.min(from + MAX_SECTION_CHARS, end - REACH_CHARS); // No scrap stays behind.
    const lineStart = starts[countAtMost(starts, limit, line + 1) - 1] ?? 0;
    from = lineStart > from ? lineStart : from + cutLine(text.slice(from, limit), lastBoundary);
    ends.push(from);
  }
}

/** How many of ascending numbers are not above `limit`, among the first `to`. */
function countAtMost(ascending: Int32Array, limit: number, to = ascending.length): number {
  let low = 0;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= limit) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** How much of a stretch of a giant line goes into a section. */
function cutLine(stretch: string, lastBoundary: (text: string) => number): number {
  const boundary = lastBoundary(stretch);
  return boundary > 0 ? boundary : stretch.length;
}

function hashLine(text: string, start: number, end: number): number {
  let hash = 0x811c_9dc5;
  for (let index = start; index < Math.min(end, start + HASHED_CHARS); index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193); // FNV-1a
  }
  // Murmur's last mix: without it short lines would have neighbouring hashes.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
}
