/** A place to write text to, such as a standard stream. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions {
  readonly out: TextSink;
  readonly err: TextSink;
  /** Whether standard output is for programs: JSON lines and nothing else. */
  readonly isJson: boolean;
}

/** The width of a terminal that does not tell. */
const DEFAULT_COLUMNS = 80;

/** The two streams of a command. Standard output holds its results, everything said on the way goes to standard error. */
export class Terminal {
  readonly #options: TerminalOptions;
  #liveLength = 0;

  public constructor(options: TerminalOptions) {
    this.#options = options;
  }

  public get isJson(): boolean {
    return this.#options.isJson;
  }

  /** Whether somebody is watching a live line. */
  public get isLive(): boolean {
    return this.#options.err.isTTY === true;
  }

  /** A result: as one JSON line where asked for, else as `text` for people. */
  public result(data: object, text: string): void {
    this.#clearLive();
    this.#options.out.write(`${this.isJson ? JSON.stringify(data) : text}\n`);
  }

  /** An event for programs; people do not see it. */
  public event(data: object): void {
    if (this.isJson) {
      this.#clearLive();
      this.#options.out.write(`${JSON.stringify(data)}\n`);
    }
  }

  /** Raw text of the result, as it comes. */
  public text(text: string): void {
    this.#clearLive();
    this.#options.out.write(text);
  }

  /** A line for people, on standard error. */
  public note(text: string): void {
    this.#clearLive();
    this.#options.err.write(`${text}\n`);
  }

  /** Replaces the line that shows how far the work is; without a terminal to show it on, nothing. */
  public live(text: string): void {
    if (!this.isLive) {
      return;
    }
    // A line that wraps could not be replaced.
    const { columns = 0 } = this.#options.err;
    const line = text.slice(0, (columns > 0 ? columns : DEFAULT_COLUMNS) - 1);
    this.#options.err.write(`\r${line.padEnd(this.#liveLength)}`);
    this.#liveLength = line.length;
  }

  #clearLive(): void {
    if (this.#liveLength > 0) {
      this.#options.err.write(`\r${" ".repeat(this.#liveLength)}\r`);
      this.#liveLength = 0;
    }
  }
}
