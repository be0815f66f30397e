import type { Disposable } from "../base/disposable.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { SurpriseSpan } from "../protocol/surpriseMessages.ts";
import type { ReadText } from "./surpriseRanges.ts";

/** What an edit waits for the next one. */
const EDIT_MS = 400;

export interface SurpriseReadingParts {
  /** As the predictor's `surprise`. */
  readonly read: (
    text: string,
    options: { readonly signal: AbortSignal; readonly onSpans: (spans: readonly SurpriseSpan[]) => void },
  ) => Promise<boolean>;
  /** The document's text as it is now, with lines ended by one unit each. */
  readonly text: () => string;
  readonly timer: Timer;
  /** Told as reading goes on, the first time; later once all is read, so that what is shown does not flicker. */
  readonly onRead: (read: ReadText) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Has one document read for its surprise, and read again some time after it was changed. */
export class SurpriseReading implements Disposable {
  readonly #parts: SurpriseReadingParts;
  #pending: Disposable | undefined;
  #running: AbortController | undefined;
  #hasRead = false;

  public constructor(parts: SurpriseReadingParts) {
    this.#parts = parts;
  }

  /** Reads the document once it has not been changed for a while. */
  public readSoon(): void {
    this.#pending?.dispose();
    this.#running?.abort();
    this.#pending = this.#parts.timer.schedule(EDIT_MS, () => {
      this.#pending = undefined;
      void this.read();
    });
  }

  /** Reads the document now; a reading under way ends. Settles when it is over, and never rejects. */
  public async read(): Promise<void> {
    const { read, text: textNow, onRead, onFailure } = this.#parts;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const text = textNow();
    const spans: SurpriseSpan[] = [];
    try {
      const isComplete = await read(text, {
        signal: running.signal,
        onSpans: (more) => {
          spans.push(...more);
          if (!this.#hasRead && !running.signal.aborted) {
            onRead({ text, spans });
          }
        },
      });
      if (isComplete && !running.signal.aborted) {
        this.#hasRead = true;
        onRead({ text, spans });
      }
    } catch (error) {
      if (!running.signal.aborted) {
        onFailure(error);
      }
    }
  }

  public dispose(): void {
    this.#pending?.dispose();
    this.#running?.abort();
  }
}
