import type { SuccessorTally } from "./successorTally.ts";

/** Successors in a block of the lowest level; ranges shorter than this are counted one by one. */
const BLOCK_SIZE = 512;
/** Blocks of one level that make one of the next. */
const FAN_OUT_BITS = 3;

/** Histograms of blocks of one size, end to end. */
export interface BlockLevel {
  readonly size: number;
  /** [blocks + 1]: where the entries of each block begin */
  readonly starts: Uint32Array;
  readonly tokens: Uint16Array;
  readonly counts: Uint32Array;
}

/**
 * Histograms of any range of a column of tokens, in time that hardly depends on how long the range is: blocks of
 * 512 entries, of 8 × 512, and so on carry theirs ready-made. Neighbours in the column followed similar contexts, so a block has few
 * distinct tokens and the whole costs a fraction of a byte an entry.
 */
export class SuccessorBlocks {
  readonly #column: Uint16Array;
  readonly #levels: readonly BlockLevel[];

  /** @param levels `levelsOf(column)`; both are borrowed for as long as this lives */
  public constructor(column: Uint16Array, levels: readonly BlockLevel[]) {
    this.#column = column;
    this.#levels = levels;
  }

  /** @param column tokens in the vocabulary of `tally`, which is scratch */
  public static levelsOf(column: Uint16Array, tally: SuccessorTally): readonly BlockLevel[] {
    const levels: BlockLevel[] = [];
    for (let size = BLOCK_SIZE; size <= column.length; size <<= FAN_OUT_BITS) {
      levels.push(buildLevel({ column, levels: levels.slice(-1), tally }, size));
    }
    return levels;
  }

  public get byteLength(): number {
    return this.#levels.reduce(
      (sum, { starts, tokens, counts }) => sum + starts.byteLength + tokens.byteLength + counts.byteLength,
      0,
    );
  }

  /** Adds `sign` times the histogram of the entries from `from` to `to`. */
  public addTo(
    tally: SuccessorTally,
    { from, to, sign }: { readonly from: number; readonly to: number; readonly sign: 1 | -1 },
  ): void {
    addBlocks({ column: this.#column, levels: this.#levels, tally }, { from, to, sign });
  }
}

/** @param source with the level below, if there is one */
function buildLevel({ column, levels, tally }: Source, size: number): BlockLevel {
  const blockCount = Math.floor(column.length / size);
  const starts = new Uint32Array(blockCount + 1);
  let tokens = new Uint16Array(blockCount * 32);
  let counts = new Uint32Array(blockCount * 32);
  let filled = 0;
  for (let block = 0; block < blockCount; block++) {
    tally.clear();
    addBlocks({ column, levels, tally }, { from: block * size, to: (block + 1) * size, sign: 1 });
    if (filled + tally.size > tokens.length) {
      tokens = grown(tokens, filled + tally.size);
      counts = grown(counts, filled + tally.size);
    }
    for (let index = 0; index < tally.size; index++, filled++) {
      const token = tally.token(index);
      tokens[filled] = token;
      counts[filled] = tally.count(token);
    }
    starts[block + 1] = filled;
  }
  return { size, starts, tokens: tokens.slice(0, filled), counts: counts.slice(0, filled) };
}

interface Source {
  readonly column: Uint16Array;
  readonly levels: readonly BlockLevel[];
  readonly tally: SuccessorTally;
}

function addBlocks(
  { column, levels, tally }: Source,
  { from, to, sign }: { readonly from: number; readonly to: number; readonly sign: 1 | -1 },
): void {
  for (let index = from; index < to;) {
    const level = largestLevel(levels, { index, to });
    if (level === undefined) {
      const end = levels.length === 0 ? to : Math.min(to, index - (index % BLOCK_SIZE) + BLOCK_SIZE);
      for (; index < end; index++) {
        tally.add(column[index] as number, sign);
      }
      continue;
    }
    const block = index / level.size;
    const end = level.starts[block + 1] as number;
    for (let entry = level.starts[block] as number; entry < end; entry++) {
      tally.add(level.tokens[entry] as number, sign * (level.counts[entry] as number));
    }
    index += level.size;
  }
}

/** The largest blocks of which one begins at `index` and ends by `to`. */
function largestLevel(
  levels: readonly BlockLevel[],
  { index, to }: { readonly index: number; readonly to: number },
): BlockLevel | undefined {
  let largest: BlockLevel | undefined;
  for (const level of levels) {
    if (index % level.size !== 0 || index + level.size > to) {
      break;
    }
    largest = level;
  }
  return largest;
}

function grown<A extends Uint16Array | Uint32Array>(array: A, needed: number): A {
  const larger = new (array.constructor as new (length: number) => A)(Math.max(needed, array.length * 2));
  larger.set(array);
  return larger;
}
