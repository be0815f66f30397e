import { areEqual, CountSegment, hashTokens, type SegmentOptions } from "./countSegment.ts";

/**
 * Tokens in a segment at most, unless a single document has more. Sorting gets slower with length, for it misses the
 * processor's caches, and asking gets slower with the number of segments.
 */
const SEGMENT_TOKENS = 1 << 21;
/** Segments up to here are rebuilt within a few milliseconds when a document joins or leaves them. */
const SMALL_SEGMENT_TOKENS = 1 << 14;

/** A bag of documents, kept as segments. Documents are added at once and sorted when somebody asks. */
export class SegmentStack {
  readonly #options: SegmentOptions;
  #segments: CountSegment[] = [];
  #pending: Uint16Array[] = [];
  #pendingTokens = 0;

  public constructor(options: SegmentOptions) {
    this.#options = options;
  }

  /** @param tokens owned from now on */
  public add(tokens: Uint16Array): void {
    this.#pending.push(tokens);
    this.#pendingTokens += tokens.length + 1;
    if (this.#pendingTokens >= SEGMENT_TOKENS) {
      this.#seal();
    }
  }

  /** Takes one copy of a document out if that is cheap: if it was added lately. */
  public removeRecent(tokens: Uint16Array): boolean {
    const pending = this.#pending.findLastIndex((document) => areEqual(document, tokens));
    if (pending >= 0) {
      this.#pending.splice(pending, 1);
      this.#pendingTokens -= tokens.length + 1;
      return true;
    }
    const hash = hashTokens(tokens);
    const index = this.#segments.findIndex((segment) => isSmall(segment) && segment.countCopies(tokens, hash) > 0);
    const segment = this.#segments[index];
    if (segment === undefined) {
      return false;
    }
    const rest = documentsOf([segment]);
    rest.splice(
      rest.findIndex((document) => areEqual(document, tokens)),
      1,
    );
    this.#segments.splice(index, 1, ...this.#build(rest));
    return true;
  }

  /** How many copies of a document are here. */
  public countCopies(tokens: Uint16Array): number {
    const hash = hashTokens(tokens);
    const pending = this.#pending.filter((document) => areEqual(document, tokens)).length;
    return this.#segments.reduce((count, segment) => count + segment.countCopies(tokens, hash), pending);
  }

  /** All documents, sorted. */
  public segments(): readonly CountSegment[] {
    if (this.#pendingTokens > 0) {
      this.#seal();
    }
    return this.#segments;
  }

  /** All documents; borrowed. */
  public documents(): readonly Uint16Array[] {
    return documentsOf(this.segments());
  }

  /** Sorts these documents and forgets all others. */
  public replace(documents: readonly Uint16Array[]): void {
    this.#pending = [];
    this.#pendingTokens = 0;
    this.#segments = this.#build(documents);
  }

  #seal(): void {
    // Small ones join, the smallest first, so that a hundred edits leave a few segments and not a hundred.
    const small = this.#segments.filter(isSmall).sort((left, right) => left.entryCount - right.entryCount);
    const joined: CountSegment[] = [];
    let tokens = this.#pendingTokens;
    for (const segment of small) {
      tokens += segment.entryCount + segment.documentCount;
      if (tokens > SMALL_SEGMENT_TOKENS) {
        break;
      }
      joined.push(segment);
    }
    const documents = [...documentsOf(joined), ...this.#pending];
    this.#pending = [];
    this.#pendingTokens = 0;
    this.#segments = [...this.#segments.filter((segment) => !joined.includes(segment)), ...this.#build(documents)];
  }

  #build(documents: readonly Uint16Array[]): CountSegment[] {
    const built: CountSegment[] = [];
    let group: Uint16Array[] = [];
    let tokens = 0;
    for (const document of documents) {
      if (group.length > 0 && tokens + document.length + 1 > SEGMENT_TOKENS) {
        built.push(new CountSegment(group, this.#options));
        group = [];
        tokens = 0;
      }
      group.push(document);
      tokens += document.length + 1;
    }
    if (group.length > 0) {
      built.push(new CountSegment(group, this.#options));
    }
    return built;
  }
}

function isSmall({ entryCount, documentCount }: CountSegment): boolean {
  return entryCount + documentCount <= SMALL_SEGMENT_TOKENS;
}

function documentsOf(segments: readonly CountSegment[]): Uint16Array[] {
  return segments.flatMap((segment) =>
    Array.from({ length: segment.documentCount }, (_, index) => segment.document(index)),
  );
}
