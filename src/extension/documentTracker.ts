import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import { toErrorData } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import { caretContext } from "../protocol/completionQuery.ts";
import { linesOf, plainPosition } from "./editorDocument.ts";
import { WRITTEN_DOCUMENTS } from "./inlineProvider.ts";
import type { PredictorHost } from "./predictorHost.ts";

/** After the caret has rested this long, the text before it is read ahead. */
const REST_MS = 120;

export interface DocumentTrackerParts {
  readonly predictor: PredictorHost;
  readonly isWanted: (document: vscode.TextDocument) => boolean;
  readonly timer: Timer;
  readonly log: Log;
}

/** Has the predictor read ahead where the caret is, and forget documents that were closed. */
export class DocumentTracker implements Disposable {
  readonly #parts: DocumentTrackerParts;
  readonly #owned = new DisposableStore();
  #pending: Disposable | undefined;

  public constructor(parts: DocumentTrackerParts) {
    this.#parts = parts;
    this.#owned.add(vscode.window.onDidChangeActiveTextEditor(() => this.prepareSoon()));
    this.#owned.add(
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) {
          this.prepareSoon();
        }
      }),
    );
    this.#owned.add(
      vscode.workspace.onDidCloseTextDocument((document) =>
        this.#settle(parts.predictor.close(document.uri.toString())),
      ),
    );
  }

  /** Reads ahead in the active editor once the caret rests. */
  public prepareSoon(): void {
    this.#pending?.dispose();
    this.#pending = this.#parts.timer.schedule(REST_MS, () => {
      const editor = vscode.window.activeTextEditor;
      if (
        editor !== undefined &&
        this.#parts.isWanted(editor.document) &&
        vscode.languages.match([...WRITTEN_DOCUMENTS], editor.document) > 0
      ) {
        this.#prepare(editor);
      }
    });
  }

  public dispose(): void {
    this.#pending?.dispose();
    this.#owned.dispose();
  }

  #prepare({ document, selection }: vscode.TextEditor): void {
    const { before, isFromStart } = caretContext(linesOf(document), plainPosition(selection.active));
    this.#settle(this.#parts.predictor.prepare({ document: document.uri.toString(), before, isFromStart }));
  }

  /** Reading ahead is a courtesy: its failure is worth a line in the log and no more. */
  #settle(request: Promise<void>): void {
    request.catch((error: unknown) => {
      this.#parts.log.write("debug", `Could not read ahead: ${toErrorData(error).message}`);
    });
  }
}
