/** A suggestion that is on the screen. */
export interface WatchedOffer {
  readonly document: string;
  readonly languageId: string;
  readonly line: number;
  /** What the line would be up to the suggestion's end, and with a suggestion of several lines those below it. */
  readonly lineText: string;
  readonly probability: number;
}

/** Where somebody writes now. */
export interface WritingPlace {
  readonly document: string;
  readonly line: number;
  /** The caret's line up to the caret. */
  readonly prefix: string;
  /** The line above, or "". */
  readonly lineAbove: string;
}

/**
 * What became of a suggestion: `typed` is right but written by hand, `rejected` means that something else was written, and `left` that the caret went
 * elsewhere, which says nothing.
 */
export type OfferFate = "typed" | "rejected" | "left";

/** Infers from what is written next what became of a suggestion, since the editor tells of acceptance only. */
export class OfferWatch {
  #offer: WatchedOffer | undefined;

  /** The suggestion whose fate is open. */
  public get offer(): WatchedOffer | undefined {
    return this.#offer;
  }

  /** A suggestion came up; one that goes on to the same line is the same. */
  public show(offer: WatchedOffer): void {
    const known = this.#offer;
    const isSame = known?.document === offer.document && known.line === offer.line && known.lineText === offer.lineText;
    if (!isSame) {
      this.#offer = offer;
    }
  }

  /** Somebody writes at a place: says what became of the suggestion where that is settled now. */
  public write(place: WritingPlace): { readonly offer: WatchedOffer; readonly fate: OfferFate } | undefined {
    const offer = this.#offer;
    const fate = offer === undefined ? undefined : fateOf(offer, place);
    if (offer === undefined || fate === undefined) {
      return undefined;
    }
    this.#offer = undefined;
    return { offer, fate };
  }

  /** The suggestion was accepted: hands it out and forgets it. */
  public take(): WatchedOffer | undefined {
    const offer = this.#offer;
    this.#offer = undefined;
    return offer;
  }
}

function fateOf({ document, line, lineText }: WatchedOffer, place: WritingPlace): OfferFate | undefined {
  if (place.document !== document) {
    return "left";
  }
  const lines = lineText.split("\n");
  const below = place.line - line;
  if (below < 0 || below > lines.length) {
    return "left";
  }
  if (below < lines.length && (below === 0 || place.lineAbove === lines[below - 1])) {
    return writtenFate(lines.slice(below).join("\n"), place.prefix);
  }
  // A line end was written behind the suggestion's line, or the caret just went down.
  const fate = writtenFate(lines.slice(below - 1).join("\n"), place.lineAbove);
  return fate ?? "rejected";
}

/** Undefined while the suggestion may still come true. */
function writtenFate(lineText: string, written: string): OfferFate | undefined {
  if (written.startsWith(lineText)) {
    return "typed";
  }
  return lineText.startsWith(written) ? undefined : "rejected";
}
