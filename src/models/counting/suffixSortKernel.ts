/** A text of small integers: token ids, or the names of substrings one recursion down. */
type Symbols = Uint16Array | Int32Array;

/**
 * The start indices of all suffixes of `text` in lexicographic order; a suffix that is a prefix of another comes first.
 * Induced sorting (Nong, Zhang and Chan 2009, SA-IS): linear time whatever repeats, which is why a file that is there a
 * thousand times costs no more than a thousand different ones.
 *
 * Names as in the paper: an S-type suffix is smaller than the one that starts after it, an L-type one larger; LMS marks
 * an S-type suffix with an L-type one before it.
 * @param text symbols in [0, alphabetSize); borrowed
 * @returns int32 [text.length]; the caller owns it
 */
export function sortSuffixes(text: Symbols, alphabetSize: number): Int32Array {
  const work = sortSuffixesInSteps(text, alphabetSize);
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      return step.value;
    }
  }
}

/** `sortSuffixes` that yields after every pass over the text: some hundred milliseconds where that has ten million symbols. */
export function* sortSuffixesInSteps(text: Symbols, alphabetSize: number): Generator<void, Int32Array> {
  const n = text.length;
  if (n < 2) {
    return new Int32Array(n);
  }
  const typed = markTypes(text, alphabetSize);
  const buckets = sizeBuckets(typed, alphabetSize);
  const work: Work = { typed, ...buckets, next: new Int32Array(alphabetSize + 1), sorted: new Int32Array(n) };
  const marks = listMarks(typed);
  yield;
  yield* induce(work, marks);
  if (marks.length > 1) {
    const { names, nameCount } = nameMarks(work, marks);
    yield;
    const order = yield* sortSuffixesInSteps(names, nameCount);
    for (let index = 0; index < order.length; index++) {
      order[index] = marks[order[index]!]!;
    }
    yield* induce(work, order);
  }
  return work.sorted;
}

interface Work {
  /** Twice the symbol, and one more where the suffix is S-type: both are asked for together, anywhere in the text. */
  readonly typed: Symbols;
  /** Where the L-type suffixes of a symbol begin: the start of its bucket. */
  readonly largerStarts: Int32Array;
  /** Where the S-type suffixes of a symbol begin. */
  readonly smallerStarts: Int32Array;
  /** Scratch: the next free place in each bucket. */
  readonly next: Int32Array;
  readonly sorted: Int32Array;
}

/** Symbols up to here have room for their type in 16 bits. */
const MAX_SHORT_ALPHABET = 1 << 15;

function markTypes(text: Symbols, alphabetSize: number): Symbols {
  const n = text.length;
  const typed = alphabetSize > MAX_SHORT_ALPHABET ? new Int32Array(n) : new Uint16Array(n);
  let following = text[n - 1]!;
  let isSmaller = 0;
  typed[n - 1] = following * 2;
  for (let index = n - 2; index >= 0; index--) {
    const symbol = text[index]!;
    isSmaller = symbol < following || (symbol === following && isSmaller === 1) ? 1 : 0;
    typed[index] = symbol * 2 + isSmaller;
    following = symbol;
  }
  return typed;
}

function sizeBuckets(
  typed: Symbols,
  alphabetSize: number,
): { readonly largerStarts: Int32Array; readonly smallerStarts: Int32Array } {
  const largerStarts = new Int32Array(alphabetSize + 1);
  const smallerStarts = new Int32Array(alphabetSize + 1);
  for (const value of typed) {
    if ((value & 1) === 1) {
      largerStarts[(value >>> 1) + 1]!++;
    } else {
      smallerStarts[value >>> 1]!++;
    }
  }
  for (let symbol = 0; symbol <= alphabetSize; symbol++) {
    smallerStarts[symbol]! += largerStarts[symbol]!;
    if (symbol < alphabetSize) {
      largerStarts[symbol + 1]! += smallerStarts[symbol]!;
    }
  }
  return { largerStarts, smallerStarts };
}

function isMark(typed: Symbols, index: number): boolean {
  return index > 0 && (typed[index]! & 1) === 1 && (typed[index - 1]! & 1) === 0;
}

function listMarks(typed: Symbols): Int32Array {
  let count = 0;
  for (let index = 1; index < typed.length; index++) {
    count += typed[index]! & (typed[index - 1]! ^ 1) & 1;
  }
  const marks = new Int32Array(count);
  let filled = 0;
  for (let index = 1; index < typed.length; index++) {
    if (isMark(typed, index)) {
      marks[filled++] = index;
    }
  }
  return marks;
}

/** Sorts all suffixes given the LMS ones in order; given them unsorted, sorts the LMS substrings. */
function* induce(work: Work, marks: Int32Array): Generator<void, void> {
  const { typed, smallerStarts, next, sorted } = work;
  sorted.fill(-1);
  next.set(smallerStarts);
  for (const mark of marks) {
    sorted[next[typed[mark]! >>> 1]!++] = mark;
  }
  yield;
  induceLarger(work);
  yield;
  induceSmaller(work);
  yield;
}

function induceLarger({ typed, largerStarts, next, sorted }: Work): void {
  const n = typed.length;
  next.set(largerStarts);
  sorted[next[typed[n - 1]! >>> 1]!++] = n - 1;
  for (let index = 0; index < n; index++) {
    const before = sorted[index]! - 1;
    if (before >= 0) {
      const value = typed[before]!;
      if ((value & 1) === 0) {
        sorted[next[value >>> 1]!++] = before;
      }
    }
  }
}

function induceSmaller({ typed, largerStarts, next, sorted }: Work): void {
  next.set(largerStarts);
  for (let index = typed.length - 1; index >= 0; index--) {
    const before = sorted[index]! - 1;
    if (before >= 0) {
      const value = typed[before]!;
      if ((value & 1) === 1) {
        sorted[--next[(value >>> 1) + 1]!] = before;
      }
    }
  }
}

/** The text of names: equal LMS substrings, which are sorted already, have one name. */
function nameMarks(
  { typed, sorted }: Work,
  marks: Int32Array,
): { readonly names: Int32Array; readonly nameCount: number } {
  const n = typed.length;
  // Marks never stand side by side, so half their index tells them apart.
  const rankOf = new Int32Array((n >>> 1) + 1);
  for (let rank = 0; rank < marks.length; rank++) {
    rankOf[marks[rank]! >>> 1] = rank;
  }
  const names = new Int32Array(marks.length);
  let name = -1;
  let previous = -1;
  let previousEnd = -1;
  for (let index = 0; index < n; index++) {
    const mark = sorted[index]!;
    if (!isMark(typed, mark)) {
      continue;
    }
    const rank = rankOf[mark >>> 1]!;
    const end = rank + 1 < marks.length ? marks[rank + 1]! : n;
    const isSame =
      previous >= 0 && isSameSubstring(typed, { left: previous, leftEnd: previousEnd, right: mark, rightEnd: end });
    if (!isSame) {
      name++;
    }
    names[rank] = name;
    previous = mark;
    previousEnd = end;
  }
  return { names, nameCount: name + 1 };
}

interface SubstringPair {
  readonly left: number;
  readonly leftEnd: number;
  readonly right: number;
  readonly rightEnd: number;
}

/** Whether two LMS substrings agree, the mark that ends them included; one that runs to the end of the text is alone. */
function isSameSubstring(typed: Symbols, { left, leftEnd, right, rightEnd }: SubstringPair): boolean {
  const length = leftEnd - left;
  if (length !== rightEnd - right || leftEnd === typed.length || rightEnd === typed.length) {
    return false;
  }
  for (let offset = 0; offset <= length; offset++) {
    if (typed[left + offset] !== typed[right + offset]) {
      return false;
    }
  }
  return true;
}
