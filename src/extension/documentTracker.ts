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

/** An edit is told this much later, with those that came meanwhile. */
const EDIT_MS = 40;

/** After the caret has rested this long, the text before it is read ahead. */
const REST_MS = 120;

export interface DocumentTrackerParts {
  readonly predictor: PredictorHost;
  readonly isWanted: (document: vscode.TextDocument) => boolean;
  readonly timer: Timer;
  readonly log: Log;
}

/** Has the predictor read ahead where the caret is, know open documents as they stand, and forget those that were closed. */
export class DocumentTracker implements Disposable {
  readonly #parts: DocumentTrackerParts;
  readonly #owned = new DisposableStore();
  #pending: Disposable | undefined;
  /** Documents whose newest text is about to be told. */
  readonly #edited = new Map<vscode.TextDocument, Disposable>();

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
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.#forgetEdit(document);
        this.#settle(parts.predictor.close(document.uri.toString()));
      }),
    );
    this.#owned.add(vscode.workspace.onDidOpenTextDocument((document) => this.#tellSoon(document)));
    this.#owned.add(vscode.workspace.onDidChangeTextDocument(({ document }) => this.#tellSoon(document)));
    this.#owned.add(parts.predictor.onDidRestart(() => this.tellAll()));
  }

  /** Tells the text of all open documents. */
  public tellAll(): void {
    for (const document of vscode.workspace.textDocuments) {
      this.#tellSoon(document);
    }
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
    for (const document of [...this.#edited.keys()]) {
      this.#forgetEdit(document);
    }
    this.#owned.dispose();
  }

  #tellSoon(document: vscode.TextDocument): void {
    const isWritten = vscode.languages.match([...WRITTEN_DOCUMENTS], document) > 0;
    if (!isWritten || document.isClosed || this.#edited.has(document)) {
      return;
    }
    const told = this.#parts.timer.schedule(EDIT_MS, () => {
      this.#edited.delete(document);
      if (!document.isClosed) {
        this.#settle(this.#parts.predictor.update(document.uri.toString(), document.getText()));
      }
    });
    this.#edited.set(document, told);
  }

  #forgetEdit(document: vscode.TextDocument): void {
    this.#edited.get(document)?.dispose();
    this.#edited.delete(document);
  }

  #prepare({ document, selection }: vscode.TextEditor): void {
    const { before, isFromStart } = caretContext(linesOf(document), plainPosition(selection.active));
    this.#settle(this.#parts.predictor.prepare({ document: document.uri.toString(), before, isFromStart }));
  }

  /** Reading ahead is a courtesy: its failure is worth a line in the log and no more. */
  #settle(request: Promise<void>): void {
    request.catch((error: unknown) => {
      this.#parts.log.write("debug", `The predictor did not follow a document: ${toErrorData(error).message}`);
    });
  }
}
