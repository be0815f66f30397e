import type { NearFile } from "../models/counting/nearestFiles.ts";
import type { Neighbourhood } from "../models/counting/neighbourhood.ts";
import { createPassage } from "../models/counting/passage.ts";

/** A document and where it lies. */
export interface PlacedDocument {
  /** From the root of the workspace, with its name first; null where that is unknown, so that it is near nothing. */
  readonly path: string | null;
  /** Without START, with END. */
  readonly tokens: Uint16Array;
}

/** Tokens of a document's end that are remembered as written lately. */
const REMEMBERED_TOKENS = 2_000;

/** Keeps a neighbourhood that of the document that is being read, among files that are known and those read before. */
export class Surroundings {
  readonly #neighbourhood: Neighbourhood;
  #newness = 0;
  #files: (NearFile & { readonly tokens: Uint16Array })[] = [];

  /** @param files that are known from the start; borrowed */
  public constructor(neighbourhood: Neighbourhood, files: readonly PlacedDocument[]) {
    this.#neighbourhood = neighbourhood;
    for (const file of files) {
      this.#add(file);
    }
  }

  /** Counts what is near a document, copies of it left out; yields between small pieces of work. */
  public *enter({ path, tokens }: PlacedDocument): Generator<void, void> {
    const others = this.#files.filter((file) => path !== null && !areEqual(file.tokens, tokens));
    yield* this.#neighbourhood.enter(path ?? "", others);
  }

  /** Takes in a document that was read to its end, in place of what was known of it. */
  public leave(document: PlacedDocument): void {
    const { path, tokens } = document;
    const start = Math.max(0, tokens.length - REMEMBERED_TOKENS);
    this.#neighbourhood.remember(path ?? "", createPassage(tokens.subarray(start), { isDocumentStart: start === 0 }));
    this.#files = this.#files.filter((file) => file.path !== path);
    this.#add(document);
  }

  #add({ path, tokens }: PlacedDocument): void {
    if (path !== null) {
      const passages = [createPassage(tokens)];
      this.#files.push({
        path,
        tokens,
        tokenCount: tokens.length,
        newness: this.#newness++,
        passages: () => passages,
      });
    }
  }
}

function areEqual(left: Uint16Array, right: Uint16Array): boolean {
  return left.length === right.length && left.every((token, index) => token === right[index]);
}
