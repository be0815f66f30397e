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
  const n = text.length;
  const sorted = new Int32Array(n);
  if (n < 2) {
    return sorted;
  }
  const isSmaller = markTypes(text);
  const buckets = sizeBuckets(text, isSmaller, alphabetSize);
  const work: Work = { text, isSmaller, ...buckets, next: new Int32Array(alphabetSize + 1), sorted };
  const marks = listMarks(isSmaller);
  induce(work, marks, marks.length);
  if (marks.length > 1) {
    induce(work, sortMarks(work, marks), marks.length);
  }
  return sorted;
}

interface Work {
  readonly text: Symbols;
  /** 1 where the suffix is S-type */
  readonly isSmaller: Uint8Array;
  /** Where the L-type suffixes of a symbol begin: the start of its bucket. */
  readonly largerStarts: Int32Array;
  /** Where the S-type suffixes of a symbol begin. */
  readonly smallerStarts: Int32Array;
  /** Scratch: the next free place in each bucket. */
  readonly next: Int32Array;
  readonly sorted: Int32Array;
}

function markTypes(text: Symbols): Uint8Array {
  const isSmaller = new Uint8Array(text.length);
  for (let index = text.length - 2; index >= 0; index--) {
    const symbol = text[index]!;
    const following = text[index + 1]!;
    isSmaller[index] = symbol < following || (symbol === following && isSmaller[index + 1] === 1) ? 1 : 0;
  }
  return isSmaller;
}

function sizeBuckets(
  text: Symbols,
  isSmaller: Uint8Array,
  alphabetSize: number,
): { readonly largerStarts: Int32Array; readonly smallerStarts: Int32Array } {
  const largerStarts = new Int32Array(alphabetSize + 1);
  const smallerStarts = new Int32Array(alphabetSize + 1);
  for (let index = 0; index < text.length; index++) {
    const symbol = text[index]!;
    if (isSmaller[index] === 1) {
      largerStarts[symbol + 1]!++;
    } else {
      smallerStarts[symbol]!++;
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

function isMark(isSmaller: Uint8Array, index: number): boolean {
  return index > 0 && isSmaller[index] === 1 && isSmaller[index - 1] === 0;
}

function listMarks(isSmaller: Uint8Array): Int32Array {
  let count = 0;
  for (let index = 1; index < isSmaller.length; index++) {
    count += isSmaller[index]! & (isSmaller[index - 1]! ^ 1);
  }
  const marks = new Int32Array(count);
  let filled = 0;
  for (let index = 1; index < isSmaller.length; index++) {
    if (isMark(isSmaller, index)) {
      marks[filled++] = index;
    }
  }
  return marks;
}

/** Sorts all suffixes given the LMS ones in order; given them unsorted, sorts the LMS substrings. */
function induce(
  { text, isSmaller, largerStarts, smallerStarts, next, sorted }: Work,
  marks: Int32Array,
  count: number,
): void {
  const n = text.length;
  sorted.fill(-1);
  next.set(smallerStarts);
  for (let index = 0; index < count; index++) {
    const mark = marks[index]!;
    sorted[next[text[mark]!]!++] = mark;
  }
  next.set(largerStarts);
  sorted[next[text[n - 1]!]!++] = n - 1;
  for (let index = 0; index < n; index++) {
    const before = sorted[index]! - 1;
    if (before >= 0 && isSmaller[before] === 0) {
      sorted[next[text[before]!]!++] = before;
    }
  }
  next.set(largerStarts);
  for (let index = n - 1; index >= 0; index--) {
    const before = sorted[index]! - 1;
    if (before >= 0 && isSmaller[before] === 1) {
      sorted[--next[text[before]! + 1]!] = before;
    }
  }
}

/** The LMS suffixes in order: their substrings, which are sorted already, are named, and the text of names is sorted. */
function sortMarks({ text, isSmaller, sorted }: Work, marks: Int32Array): Int32Array {
  const n = text.length;
  const rankOf = new Int32Array(n);
  marks.forEach((mark, rank) => {
    rankOf[mark] = rank;
  });
  const names = new Int32Array(marks.length);
  const endOf = (rank: number): number => (rank + 1 < marks.length ? marks[rank + 1]! : n);
  let name = -1;
  let previous = -1;
  for (let index = 0; index < n; index++) {
    const mark = sorted[index]!;
    if (!isMark(isSmaller, mark)) {
      continue;
    }
    const end = endOf(rankOf[mark]!);
    const isSame =
      previous >= 0 &&
      isSameSubstring(text, { left: previous, leftEnd: endOf(rankOf[previous]!), right: mark, rightEnd: end });
    if (!isSame) {
      name++;
    }
    names[rankOf[mark]!] = name;
    previous = mark;
  }
  const order = sortSuffixes(names, name + 1);
  for (let index = 0; index < order.length; index++) {
    order[index] = marks[order[index]!]!;
  }
  return order;
}

interface SubstringPair {
  readonly left: number;
  readonly leftEnd: number;
  readonly right: number;
  readonly rightEnd: number;
}

/** Whether two LMS substrings agree, the mark that ends them included; one that runs to the end of the text is alone. */
function isSameSubstring(text: Symbols, { left, leftEnd, right, rightEnd }: SubstringPair): boolean {
  const length = leftEnd - left;
  if (length !== rightEnd - right || leftEnd === text.length || rightEnd === text.length) {
    return false;
  }
  for (let offset = 0; offset <= length; offset++) {
    if (text[left + offset] !== text[right + offset]) {
      return false;
    }
  }
  return true;
}
