import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import type { Clock, Log } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import { LogBook } from "./logBook.ts";
import type { ShownText } from "./shownText.ts";

/** The name's ending chooses the language that the editor has for logs. */
const DOCUMENT_NAME = "Inkling.log";

/** A log that is open is drawn again this often at most. */
const REDRAW_MS = 100;

export interface OutputLogParts {
  readonly shownText: ShownText;
  readonly clock: Clock;
  readonly timer: Timer;
}

/**
 * The log, in the editor's output panel and in a text editor of its own. The panel alone would not do: an editor without its native
 * logging module, such as one installed without install scripts, leaves every output channel empty and says nothing.
 */
export class OutputLog implements Log, Disposable {
  readonly #owned = new DisposableStore();
  readonly #channel: vscode.LogOutputChannel;
  readonly #book: LogBook;
  readonly #shownText: ShownText;
  #pending: Disposable | undefined;

  public constructor({ shownText, clock, timer }: OutputLogParts) {
    this.#shownText = shownText;
    this.#channel = this.#owned.add(vscode.window.createOutputChannel("Inkling", { log: true }));
    const book = this.#owned.add(new LogBook(clock));
    this.#book = book;
    shownText.offer(DOCUMENT_NAME, () => book.text);
    this.#owned.add(
      book.onDidWrite(() => {
        this.#pending ??= timer.schedule(REDRAW_MS, () => {
          this.#pending = undefined;
          shownText.refresh(DOCUMENT_NAME);
        });
      }),
    );
  }

  public write(level: Parameters<Log["write"]>[0], message: string): void {
    this.#book.write(level, message);
    switch (level) {
      case "debug":
        this.#channel.debug(message);
        return;
      case "info":
        this.#channel.info(message);
        return;
      case "warning":
        this.#channel.warn(message);
        return;
      case "error":
        this.#channel.error(message);
    }
  }

  /** Opens the log with its newest line in sight. */
  public async show(): Promise<void> {
    const editor = await this.#shownText.open(DOCUMENT_NAME);
    const { end } = editor.document.lineAt(editor.document.lineCount - 1).range;
    // A caret at the end keeps the newest line in sight while more is written.
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(new vscode.Range(end, end));
  }

  public dispose(): void {
    this.#pending?.dispose();
    this.#owned.dispose();
  }
}
