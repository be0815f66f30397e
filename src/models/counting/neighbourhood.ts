import { LocalCounts } from "./localCounts.ts";
import { nearestFiles, type NearFile } from "./nearestFiles.ts";
import type { Passage } from "./passage.ts";
import { PassageCounts } from "./passageCounts.ts";
import type { PlaceContexts } from "./placeContexts.ts";
import { PlaceCounts } from "./placeCounts.ts";

/** Tokens of near files whose contexts are counted, and tokens of the longest of those. */
const FOLDER_TOKENS = 30_000;
const FOLDER_DEPTH = 8;
/** Tokens of near files whose similar places are counted: the more the better, at some 300 bytes each. */
const PLACE_TOKENS = 90_000;
/** Tokens that were written lately and are remembered. */
const RECENT_TOKENS = 4_000;

/**
 * What is counted once more because it is near: in space the files around a document, its folder's first and then those of the folders above (the levels between file
 * and workspace of Hellendoorn and Devanbu 2017, as one that ends where there is enough), and in time what was written lately in other documents.
 */
export class Neighbourhood {
  /** What followed which contexts in the nearest files. */
  public readonly folder: LocalCounts;
  /** What followed similar places in these and in farther ones. */
  public readonly places: PlaceCounts;
  /** What followed which contexts in what was written lately. */
  public readonly recent: LocalCounts;
  readonly #folder: PassageCounts;
  readonly #places: PassageCounts;
  readonly #recent: PassageCounts;
  #ticket = 0;
  /** The newest comes last. */
  #written: { readonly document: string; readonly passage: Passage }[] = [];

  /** @param options V, at most 65,536, the mark before every document, and how similar places are found */
  public constructor(options: {
    readonly vocabularySize: number;
    readonly startId: number;
    readonly placeContexts: PlaceContexts;
  }) {
    const { vocabularySize, startId, placeContexts } = options;
    this.folder = new LocalCounts({ vocabularySize, startId, maxDepth: FOLDER_DEPTH });
    this.places = new PlaceCounts(placeContexts);
    this.recent = new LocalCounts({ vocabularySize, startId });
    this.#folder = new PassageCounts(this.folder, startId);
    this.#places = new PassageCounts(this.places, startId);
    this.#recent = new PassageCounts(this.recent, startId);
  }

  /** Changes with every change of the counts. */
  public get version(): number {
    return this.#folder.version + this.#places.version + this.#recent.version;
  }

  public get byteLength(): number {
    return this.folder.byteLength + this.places.byteLength + this.recent.byteLength;
  }

  /**
   * Counts what is near a document, itself left out; yields between small pieces of work. Quick where little is different from before, as in the next file of a
   * folder. May be given up at any time, and ends once a newer call has come.
   * @param files that there are; null leaves the folder's counts as they are
   * @returns whether it came to its end: what is counted is near this document and no other
   */
  public *enter(document: string, files: Iterable<NearFile> | null): Generator<void, boolean> {
    const ticket = ++this.#ticket;
    const elsewhere = this.#written.filter((written) => written.document !== document);
    yield* this.#recent.show(elsewhere.map(({ passage }) => passage));
    const nearest = files === null ? null : yield* nearestFiles(document, files, PLACE_TOKENS);
    if (nearest !== null && ticket === this.#ticket) {
      yield* this.#folder.show(passagesOf(firstOf(nearest, FOLDER_TOKENS)));
    }
    if (nearest !== null && ticket === this.#ticket) {
      yield* this.#places.show(passagesOf(nearest));
    }
    return ticket === this.#ticket;
  }

  /** Takes in what was just written in a document; counted once another one is entered. What is oldest is given up. */
  public remember(document: string, passage: Passage): void {
    this.#written.push({ document, passage });
    let tokens = 0;
    const kept = this.#written.findLastIndex(({ passage: { tokens: written, leadCount } }) => {
      tokens += written.length - leadCount;
      return tokens > RECENT_TOKENS;
    });
    this.#written = this.#written.slice(Math.min(kept + 1, this.#written.length - 1));
  }
}

/** As many of the first files as have no more tokens; what does not fit any more is passed over. */
function firstOf(files: readonly NearFile[], maxTokens: number): readonly NearFile[] {
  let tokens = 0;
  return files.filter(({ tokenCount }) => {
    const isRoom = tokens + tokenCount <= maxTokens;
    tokens += isRoom ? tokenCount : 0;
    return isRoom;
  });
}

function passagesOf(files: readonly NearFile[]): readonly Passage[] {
  return files.flatMap((file) => file.passages());
}
