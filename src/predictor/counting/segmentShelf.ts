import { CountSegment, type SegmentOptions, type SegmentParts } from "../../models/counting/countSegment.ts";
import type { Passage } from "../../models/counting/passage.ts";
import { SEGMENT_TOKENS } from "../../models/counting/segmentStack.ts";
import { type FilePlaces, type IndexChange, NO_SEGMENT, type SegmentNews } from "./counterMessages.ts";
import { shareParts } from "./sharedArrays.ts";

/** What tells whether a file has changed. */
export interface FileFacts {
  readonly sizeBytes: number;
  readonly modifiedEpochMs: number;
  readonly textHash: string;
  readonly textBytes: number;
}

/** A counted file and where its passages are. */
export interface ShelvedFile extends FileFacts {
  readonly segment: number;
  readonly first: number;
  readonly count: number;
}

/** A file to count. */
export interface FreshFile {
  readonly path: string;
  readonly facts: FileFacts;
  readonly passages: readonly Passage[];
}

/** What was restored from the disk. */
export type SortedPart = Pick<SegmentParts, "text" | "positions" | "starts" | "leads" | "hashes">;

/** Segments of fewer tokens than this, at most so many; then they are joined at once, which takes a few dozen milliseconds. */
const SMALL_SEGMENT_TOKENS = 1 << 17;
const MAX_SMALL_SEGMENTS = 4;
/** Passages of files that changed may take this share of all, and this many tokens in any case, before segments are sorted without them. */
const MAX_DEAD_SHARE = 0.2;
const MIN_DEAD_TOKENS = 1 << 16;

/**
 * Segments are joined while no one is waited for until they have this many tokens: what follows a context is looked up in every
 * segment, and to sort twice as many takes more than twice as long.
 */
const JOINED_SEGMENT_TOKENS = 1 << 24;
/** So many more than there would be if all were of that size are left alone, since joining sorts anew. */
const MAX_UNJOINED_SEGMENTS = 3;
/** Of those that are joined none is larger than this many times all smaller ones together: else a few edits would sort everything anew. */
const MAX_JOINED_RATIO = 2;

/** A file with its passages. */
interface HeldFile {
  readonly path: string;
  readonly file: ShelvedFile;
  readonly passages: readonly Passage[];
}

/** The files of a workspace in sorted segments, and what has changed there since somebody asked last. */
export class SegmentShelf {
  readonly #options: SegmentOptions;
  readonly #segments = new Map<number, CountSegment>();
  readonly #files = new Map<string, ShelvedFile>();
  /** Files that only editors have text for. */
  readonly #unsaved = new Set<string>();
  /** Passages of files that changed or went, by segment. */
  readonly #dead = new Map<number, Passage[]>();
  #forgotten: { readonly id: number; readonly segment: CountSegment } | undefined;
  #isDeadNews = false;
  #lastId = 0;
  readonly #added = new Set<number>();
  readonly #removed = new Set<number>();
  readonly #placed = new Set<string>();
  readonly #gone = new Set<string>();

  public constructor(options: SegmentOptions) {
    this.#options = options;
  }

  public get files(): ReadonlyMap<string, ShelvedFile> {
    return this.#files;
  }

  /** Paths of files that are to be counted though there is no text on the disk: nothing is counted of them here. */
  public get unsaved(): ReadonlySet<string> {
    return this.#unsaved;
  }

  /** By number. */
  public get segments(): ReadonlyMap<number, CountSegment> {
    return this.#segments;
  }

  /** Tokens that are counted in the files. */
  public get tokenCount(): number {
    const all = [...this.#segments.values()].reduce((sum, { entryCount }) => sum + entryCount, 0);
    const dead = [...this.#dead.values()].flat();
    return dead.reduce((sum, { tokens, leadCount }) => sum - tokens.length + leadCount, all);
  }

  /** Takes in what an earlier session left; the shelf is empty before. */
  public restore(parts: readonly SortedPart[], files: Iterable<readonly [string, ShelvedFile]>): void {
    const ids = parts.map((part) => this.#shelve(CountSegment.restore(part, this.#options)));
    for (const [path, file] of files) {
      this.#place(path, { ...file, segment: ids[file.segment] ?? 0 });
    }
    for (const id of ids) {
      this.#findDead(id);
    }
  }

  /** Counts files anew: in one segment of their own. */
  public put(files: readonly FreshFile[]): void {
    const id = this.#shelve(
      CountSegment.sort(
        files.flatMap(({ passages }) => passages),
        this.#options,
      ),
    );
    let first = 0;
    for (const { path, facts, passages } of files) {
      this.remove(path);
      this.#place(path, { ...facts, segment: id, first, count: passages.length });
      first += passages.length;
    }
  }

  /** Notes that a file is as it was, though it was written again. */
  public touch(path: string, facts: FileFacts): void {
    const file = this.#files.get(path);
    if (file !== undefined) {
      this.#files.set(path, { ...file, ...facts });
    }
  }

  /** Notes that a file is to be counted by what an editor has; what was counted of it is not any more. */
  public putUnsaved(path: string): void {
    if (!this.#unsaved.has(path)) {
      this.remove(path);
      this.#unsaved.add(path);
      this.#placed.add(path);
      this.#gone.delete(path);
    }
  }

  public remove(path: string): void {
    if (this.#unsaved.delete(path)) {
      this.#placed.delete(path);
      this.#gone.add(path);
    }
    const file = this.#files.get(path);
    if (file !== undefined) {
      this.#files.delete(path);
      this.#placed.delete(path);
      this.#gone.add(path);
      const dead = this.#dead.get(file.segment) ?? [];
      dead.push(...this.#passagesOf(file));
      this.#dead.set(file.segment, dead);
      this.#isDeadNews ||= file.count > 0;
    }
  }

  /** Joins small segments and sorts those anew of which much is dead. */
  public tidy(): void {
    const dead = [...this.#dead.values()].flat().reduce((sum, { tokens }) => sum + tokens.length, 0);
    const all = [...this.#segments.values()].reduce((sum, { parts }) => sum + parts.text.length, 0);
    if (dead > Math.max(MIN_DEAD_TOKENS, MAX_DEAD_SHARE * all)) {
      this.#merge([...this.#dead.keys()]);
    }
    const small = [...this.#segments]
      .map(([id, { parts }]) => ({ id, tokens: parts.text.length }))
      .filter(({ tokens }) => tokens < SMALL_SEGMENT_TOKENS);
    if (small.length > MAX_SMALL_SEGMENTS) {
      this.#merge(small.map(({ id }) => id));
    }
  }

  /**
   * Work that joins segments of like size into one, where there are many; undefined where there are few. It yields in between, and
   * returns whether what it made is in place: it is given up where one of the segments changed meanwhile.
   */
  public join(): Generator<void, boolean> | undefined {
    const ids = likeSized([...this.#segments].map(([id, { parts }]) => ({ id, tokens: parts.text.length })));
    return ids === undefined ? undefined : this.#join(ids);
  }

  *#join(ids: readonly number[]): Generator<void, boolean> {
    const dead = (): string => JSON.stringify(ids.map((id) => [this.#segments.has(id), this.#dead.get(id)?.length]));
    const before = dead();
    const files = this.#groupsOf(ids, Infinity).flat();
    const sorted = yield* CountSegment.sortInSteps(passagesOf(files), this.#options);
    if (dead() !== before) {
      return false;
    }
    this.#settle(files, sorted);
    for (const id of ids) {
      this.#unshelve(id);
    }
    return true;
  }

  /** What has changed since the last call. */
  public takeChange(): IndexChange {
    const change = {
      learnt: this.#segmentNews(),
      forgotten: this.#forgottenNews(),
      placed: this.#places(),
      gone: [...this.#gone],
    };
    for (const news of [this.#added, this.#removed, this.#placed, this.#gone]) {
      news.clear();
    }
    return change;
  }

  #segmentNews(): SegmentNews {
    const added = [...this.#added].flatMap((id) => {
      const parts = this.#segments.get(id)?.parts;
      return parts === undefined ? [] : [{ id, parts }];
    });
    return { added, removed: [...this.#removed] };
  }

  #forgottenNews(): SegmentNews {
    if (!this.#isDeadNews) {
      return { added: [], removed: [] };
    }
    const removed = this.#forgotten === undefined ? [] : [this.#forgotten.id];
    const passages = [...this.#dead.values()].flat();
    this.#isDeadNews = false;
    this.#forgotten =
      passages.length === 0
        ? undefined
        : { id: ++this.#lastId, segment: this.#share(CountSegment.sort(passages, this.#options)) };
    const added =
      this.#forgotten === undefined ? [] : [{ id: this.#forgotten.id, parts: this.#forgotten.segment.parts }];
    return { added, removed };
  }

  #places(): FilePlaces {
    const paths = [...this.#placed];
    const numbers = new Float64Array(paths.length * 4);
    for (const [index, path] of paths.entries()) {
      const { segment = NO_SEGMENT, first = 0, count = 0, modifiedEpochMs = 0 } = this.#files.get(path) ?? {};
      numbers.set([segment, first, count, modifiedEpochMs], index * 4);
    }
    return { paths, numbers };
  }

  #place(path: string, file: ShelvedFile): void {
    this.#files.set(path, file);
    this.#placed.add(path);
    this.#gone.delete(path);
  }

  #shelve(segment: CountSegment): number {
    const id = ++this.#lastId;
    this.#segments.set(id, this.#share(segment));
    this.#added.add(id);
    return id;
  }

  #share(segment: CountSegment): CountSegment {
    return new CountSegment(shareParts(segment.parts), this.#options.startId);
  }

  #passagesOf({ segment, first, count }: ShelvedFile): readonly Passage[] {
    const shelved = this.#segments.get(segment);
    return shelved === undefined ? [] : Array.from({ length: count }, (_, index) => shelved.passage(first + index));
  }

  /** Sorts what lives in some segments into as few as can be. */
  #merge(ids: readonly number[]): void {
    for (const files of this.#groupsOf(ids, SEGMENT_TOKENS)) {
      this.#settle(files, CountSegment.sort(passagesOf(files), this.#options));
    }
    for (const id of ids) {
      this.#unshelve(id);
    }
  }

  /** The living files of some segments in groups that fit into one segment each. */
  #groupsOf(ids: readonly number[], maxTokens: number): readonly (readonly HeldFile[])[] {
    const merged = new Set(ids);
    let group: HeldFile[] = [];
    let tokens = 0;
    const groups = [group];
    for (const [path, file] of this.#files) {
      if (merged.has(file.segment)) {
        const passages = this.#passagesOf(file);
        tokens += passages.reduce((sum, passage) => sum + passage.tokens.length + 1, 0);
        if (tokens > maxTokens && group.length > 0) {
          group = [];
          groups.push(group);
          tokens = passages.reduce((sum, passage) => sum + passage.tokens.length + 1, 0);
        }
        group.push({ path, file, passages });
      }
    }
    return groups;
  }

  /** Takes in a segment of the passages of these files. */
  #settle(files: readonly HeldFile[], sorted: CountSegment): void {
    const id = this.#shelve(sorted);
    let first = 0;
    for (const { path, file } of files) {
      this.#place(path, { ...file, segment: id, first });
      first += file.count;
    }
  }

  #unshelve(id: number): void {
    this.#segments.delete(id);
    this.#isDeadNews = this.#dead.delete(id) || this.#isDeadNews;
    if (!this.#added.delete(id)) {
      this.#removed.add(id);
    }
  }

  /** Of a segment from the disk, the passages that belong to no file. */
  #findDead(id: number): void {
    const segment = this.#segments.get(id);
    const living = new Set<number>();
    for (const { segment: own, first, count } of this.#files.values()) {
      for (let index = first; own === id && index < first + count; index++) {
        living.add(index);
      }
    }
    const dead = segment?.passages().filter((_, index) => !living.has(index)) ?? [];
    if (dead.length > 0) {
      this.#dead.set(id, dead);
      this.#isDeadNews = true;
    }
  }
}

function passagesOf(files: readonly HeldFile[]): readonly Passage[] {
  return files.flatMap(({ passages }) => passages);
}

/** Of all segments as many of the smallest as fit into one and of which none outweighs the others; undefined where those are few. */
function likeSized(
  segments: readonly { readonly id: number; readonly tokens: number }[],
): readonly number[] | undefined {
  const ids: number[] = [];
  let total = 0;
  let likeCount = 0;
  for (const { id, tokens } of [...segments].sort((left, right) => left.tokens - right.tokens)) {
    if (total + tokens > JOINED_SEGMENT_TOKENS) {
      break;
    }
    ids.push(id);
    likeCount = tokens <= MAX_JOINED_RATIO * total ? ids.length : likeCount;
    total += tokens;
  }
  return likeCount > MAX_UNJOINED_SEGMENTS ? ids.slice(0, likeCount) : undefined;
}
