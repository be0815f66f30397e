import { likelierTokens } from "../models/likelierTokens.ts";
import type { SurpriseEvent, SurpriseToken } from "../protocol/surpriseMessages.ts";
import { tokenEnds } from "../tokens/tokenEnds.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { TracedToken } from "./mixtureScorer.ts";

/** Tokens that are named of those held more probable. */
const LIKELIER_COUNT = 3;
/** Tokens of one message. */
const CHUNK_TOKENS = 256;

export interface SurpriseTraceParts {
  readonly vocabulary: Vocabulary;
  readonly emit: (event: SurpriseEvent) => void;
}

/** Tells of every token that is scored, with the text that it stands for. */
export class SurpriseTrace {
  readonly #parts: SurpriseTraceParts;
  #document: { readonly path: string; readonly text: string; readonly ends: Int32Array } | undefined;
  #index = 0;
  #waiting: SurpriseToken[] = [];

  public constructor(parts: SurpriseTraceParts) {
    this.#parts = parts;
  }

  /** Begins a document. @param tokens that its text was cut into, with END behind them */
  public enter(path: string, text: string, tokens: ArrayLike<number>): void {
    this.flush();
    this.#document = { path, text, ends: tokenEnds(text, tokens, this.#parts.vocabulary) };
    this.#index = 0;
  }

  public note({ token, nats, logProbabilities }: TracedToken): void {
    const { vocabulary } = this.#parts;
    const { text, ends } = this.#document ?? { text: "", ends: new Int32Array(0) };
    const likelier = likelierTokens(logProbabilities, { token, count: LIKELIER_COUNT });
    this.#waiting.push({
      text: text.slice(ends[this.#index - 1] ?? 0, ends[this.#index]),
      isEnd: token === vocabulary.endId,
      nats: nats.mixture,
      experts: { counts: nats.counts, cache: nats.cache, lstm: nats.lstm },
      likelier: likelier.map(({ token: id, probability }) => ({
        text: vocabulary.decode([id]),
        isEnd: id === vocabulary.endId,
        probability,
      })),
    });
    this.#index++;
    if (this.#waiting.length === CHUNK_TOKENS) {
      this.flush();
    }
  }

  /** Sends what was noted and not sent yet. */
  public flush(): void {
    if (this.#document !== undefined && this.#waiting.length > 0) {
      this.#parts.emit({ type: "surprise", path: this.#document.path, tokens: this.#waiting });
      this.#waiting = [];
    }
  }
}
