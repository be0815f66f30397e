import { CountSegment, type SegmentOptions } from "./countSegment.ts";
import { isSamePassage, type Passage } from "./passage.ts";

/**
 * Tokens in a segment at most, unless a single passage has more. Sorting gets slower with length, for it misses the
 * processor's caches, and asking gets slower with the number of segments.
 */
export const SEGMENT_TOKENS = 1 << 21;
/** Segments up to here are rebuilt within a few milliseconds when a passage joins or leaves them. */
const SMALL_SEGMENT_TOKENS = 1 << 14;
/** As many tokens as this, learnt one after the other, are worth a segment of their own. */
const LARGE_PENDING_TOKENS = 1 << 16;

/**
 * A bag of passages, kept as segments. Passages are added at once and sorted when somebody asks. Segments that were sorted elsewhere can
 * be taken in and are left as they are.
 */
export class SegmentStack {
  readonly #options: SegmentOptions;
  /** Sorted elsewhere. */
  #adopted: CountSegment[] = [];
  #own: CountSegment[] = [];
  #pending: Passage[] = [];
  #pendingTokens = 0;
  #steadyVersion = 0;

  public constructor(options: SegmentOptions) {
    this.#options = options;
  }

  /** Changes whenever one of those segments does that stay as they are while passages come and go: see `isSteady`. */
  public get steadyVersion(): number {
    return this.#steadyVersion;
  }

  public add(passage: Passage): void {
    this.#pending.push(passage);
    this.#pendingTokens += passage.tokens.length + 1;
    if (this.#pendingTokens >= SEGMENT_TOKENS) {
      this.#seal();
    }
  }

  /** Takes in segments that stay as they are until they are given back. */
  public adopt(segments: readonly CountSegment[]): void {
    this.#steadyVersion++;
    this.#adopted.push(...segments);
  }

  /** Gives back segments that were taken in; throws `RangeError` where one was not. */
  public release(segments: readonly CountSegment[]): void {
    this.#steadyVersion++;
    for (const segment of segments) {
      const index = this.#adopted.indexOf(segment);
      if (index < 0) {
        throw new RangeError("Expected `segments` to have been taken in, and not to have been sorted anew since");
      }
      this.#adopted.splice(index, 1);
    }
  }

  /** Takes one copy of a passage out if that is cheap: if it was added lately. */
  public removeRecent(passage: Passage): boolean {
    return this.#removePending(passage) || (this.#unseal(passage) && this.#removePending(passage));
  }

  /** How many copies of a passage are here. */
  public countCopies(passage: Passage): number {
    const pending = this.#pending.filter((other) => isSamePassage(other, passage)).length;
    return [...this.#adopted, ...this.#own].reduce((count, segment) => count + segment.countCopies(passage), pending);
  }

  /** All passages, sorted. */
  public segments(): readonly CountSegment[] {
    if (this.#pendingTokens > 0) {
      this.#seal();
    }
    return [...this.#adopted, ...this.#own];
  }

  /** Whether a segment stays until it is given back or all is sorted anew. */
  public isSteady(segment: CountSegment): boolean {
    return !isSmall(segment) || this.#adopted.includes(segment);
  }

  /** All passages; borrowed. */
  public passages(): readonly Passage[] {
    return passagesOf(this.segments());
  }

  /** Sorts these passages and forgets all others. */
  public replace(passages: readonly Passage[]): void {
    this.#pending = [];
    this.#pendingTokens = 0;
    this.#adopted = [];
    this.#steadyVersion++;
    this.#own = this.#build(passages, SEGMENT_TOKENS);
  }

  #removePending(passage: Passage): boolean {
    const index = this.#pending.findLastIndex((other) => isSamePassage(other, passage));
    if (index >= 0) {
      this.#pending.splice(index, 1);
      this.#pendingTokens -= passage.tokens.length + 1;
    }
    return index >= 0;
  }

  /** Takes apart a small segment that holds a passage. */
  #unseal(passage: Passage): boolean {
    const index = this.#own.findIndex((segment) => isSmall(segment) && segment.countCopies(passage) > 0);
    const segment = this.#own[index];
    if (segment === undefined) {
      return false;
    }
    this.#own.splice(index, 1);
    this.#pending.push(...segment.passages());
    this.#pendingTokens += segment.parts.text.length;
    return true;
  }

  #seal(): void {
    // Small ones join, the smallest first, so that a hundred edits leave a few segments and not a hundred.
    const small = this.#own.filter(isSmall).sort((left, right) => left.entryCount - right.entryCount);
    const joined: CountSegment[] = [];
    let tokens = this.#pendingTokens;
    for (const segment of small) {
      tokens += segment.parts.text.length;
      if (tokens > SMALL_SEGMENT_TOKENS) {
        break;
      }
      joined.push(segment);
    }
    const passages = [...passagesOf(joined), ...this.#pending];
    const limit = this.#pendingTokens < LARGE_PENDING_TOKENS ? SMALL_SEGMENT_TOKENS : SEGMENT_TOKENS;
    this.#pending = [];
    this.#pendingTokens = 0;
    const built = this.#build(passages, limit);
    this.#own = [...this.#own.filter((segment) => !joined.includes(segment)), ...built];
    this.#steadyVersion += built.some((segment) => !isSmall(segment)) ? 1 : 0;
  }

  /** @param limit tokens of a segment, unless a single passage has more */
  #build(passages: readonly Passage[], limit: number): CountSegment[] {
    const built: CountSegment[] = [];
    let group: Passage[] = [];
    let tokens = 0;
    for (const passage of passages) {
      if (group.length > 0 && tokens + passage.tokens.length + 1 > limit) {
        built.push(CountSegment.sort(group, this.#options));
        group = [];
        tokens = 0;
      }
      group.push(passage);
      tokens += passage.tokens.length + 1;
    }
    if (group.length > 0) {
      built.push(CountSegment.sort(group, this.#options));
    }
    return built;
  }
}

function isSmall({ parts }: CountSegment): boolean {
  return parts.text.length <= SMALL_SEGMENT_TOKENS;
}

function passagesOf(segments: readonly CountSegment[]): Passage[] {
  return segments.flatMap((segment) => segment.passages());
}
