import { Emitter } from "../base/emitter.ts";
import type { SuggestionCounts } from "../protocol/dashboardMessages.ts";
import type { PredictedSuggestion } from "../protocol/predictorMessages.ts";

export const NO_SUGGESTIONS: SuggestionCounts = { shown: 0, accepted: 0, acceptedCharacters: 0 };

/** Counts what was offered and taken. The editor does not tell what it showed, so that is inferred from what was offered. */
export class SuggestionCounter {
  readonly #didChange = new Emitter<SuggestionCounts>();
  #counts: SuggestionCounts;
  #lastLine = "";

  public readonly onDidChange = this.#didChange.event;

  public constructor(counts: SuggestionCounts = NO_SUGGESTIONS) {
    this.#counts = counts;
  }

  public get counts(): SuggestionCounts {
    return this.#counts;
  }

  /**
   * Notes an offer that the editor takes. Text that shrinks because it is typed stays one suggestion: what the line would
   * become is the same.
   */
  public didOffer(document: string, suggestion: PredictedSuggestion, linePrefix: string): void {
    const { start } = suggestion.range;
    const line = `${document}:${start.line}:${linePrefix.slice(0, start.column)}${suggestion.text}`;
    if (line !== this.#lastLine) {
      this.#lastLine = line;
      this.#change({ ...this.#counts, shown: this.#counts.shown + 1 });
    }
  }

  /** Notes that the whole of a suggestion was accepted; `characters` is what it inserted. */
  public didAccept(characters: number): void {
    const { shown, accepted, acceptedCharacters } = this.#counts;
    this.#change({ shown, accepted: accepted + 1, acceptedCharacters: acceptedCharacters + characters });
  }

  #change(counts: SuggestionCounts): void {
    this.#counts = counts;
    this.#didChange.fire(counts);
  }
}
