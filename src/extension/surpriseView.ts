import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { LmError, toErrorData } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { TextRange } from "../protocol/predictorMessages.ts";
import { SURPRISE_STEPS } from "../protocol/surpriseWords.ts";
import type { InklingState } from "./inklingState.ts";
import { WRITTEN_DOCUMENTS } from "./inlineProvider.ts";
import type { PredictorHost } from "./predictorHost.ts";
import { type ReadText, surpriseAt, surpriseRanges } from "./surpriseRanges.ts";
import { SurpriseReading } from "./surpriseReading.ts";

export interface SurpriseViewParts {
  readonly predictor: PredictorHost;
  readonly state: InklingState;
  readonly timer: Timer;
  readonly log: Log;
}

interface ShownDocument {
  readonly reading: SurpriseReading;
  /** What is coloured; it is of the document's text where `version` is the document's. */
  read: ReadText | null;
  version: number;
}

/** Colours the text of documents by how surprising each token is, where that was switched on. */
export class SurpriseView implements Disposable {
  readonly #parts: SurpriseViewParts;
  readonly #owned = new DisposableStore();
  readonly #shown = new Map<vscode.TextDocument, ShownDocument>();
  /** One for each step of colour, from 1 on. */
  readonly #decorations: readonly vscode.TextEditorDecorationType[];
  #model: string | null = null;

  public constructor(parts: SurpriseViewParts) {
    this.#parts = parts;
    this.#decorations = SURPRISE_STEPS.map((_, index) =>
      this.#owned.add(
        vscode.window.createTextEditorDecorationType({
          backgroundColor: new vscode.ThemeColor(`inkling.surprise${index + 1}`),
          rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
        }),
      ),
    );
    this.#owned.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) {
          this.#shown.get(document)?.reading.readSoon();
        }
      }),
    );
    this.#owned.add(vscode.workspace.onDidCloseTextDocument((document) => this.#hide(document)));
    this.#owned.add(vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()));
    this.#owned.add(parts.state.onDidChangeStatus(({ model }) => this.#follow(model?.step.toString() ?? null)));
    const provideHover = this.#hover.bind(this);
    this.#owned.add(vscode.languages.registerHoverProvider([...WRITTEN_DOCUMENTS], { provideHover }));
  }

  /** Switches the colours of the active document on or off; throws `LmError("checkpointMissing")` where there is no model. */
  public toggle(): void {
    const document = vscode.window.activeTextEditor?.document;
    if (document === undefined || vscode.languages.match([...WRITTEN_DOCUMENTS], document) === 0) {
      void vscode.window.showInformationMessage("Inkling: Open a text file to see how surprising it is.");
      return;
    }
    if (this.#shown.has(document)) {
      this.#hide(document);
      return;
    }
    if (this.#parts.state.status.model === null) {
      throw new LmError("checkpointMissing", "There is no model to be surprised; train one on this workspace.");
    }
    this.#model = this.#parts.state.status.model.step.toString();
    this.#show(document);
  }

  public dispose(): void {
    for (const { reading } of this.#shown.values()) {
      reading.dispose();
    }
    this.#shown.clear();
    this.#owned.dispose();
  }

  #show(document: vscode.TextDocument): void {
    const { predictor, timer, log } = this.#parts;
    let version = document.version;
    const reading = new SurpriseReading({
      read: (text, options) => predictor.surprise(text, options),
      text: () => {
        version = document.version;
        return plainText(document);
      },
      timer,
      onRead: (read) => {
        shown.read = read;
        shown.version = version;
        this.#draw();
      },
      onFailure: (error) => {
        log.write("warning", `The surprise of a document could not be read: ${toErrorData(error).message}`);
      },
    });
    const shown: ShownDocument = { reading, read: null, version };
    this.#shown.set(document, shown);
    void reading.read();
  }

  #hide(document: vscode.TextDocument): void {
    this.#shown.get(document)?.reading.dispose();
    if (this.#shown.delete(document)) {
      this.#draw();
    }
  }

  /** Another model is surprised by other things; none by nothing. */
  #follow(model: string | null): void {
    if (model === this.#model) {
      return;
    }
    this.#model = model;
    for (const [document, { reading }] of this.#shown) {
      if (model === null) {
        this.#hide(document);
      } else {
        reading.readSoon();
      }
    }
  }

  /** Where the text has changed since, the editor moves the colours with it until it is read again. */
  #draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const shown = this.#shown.get(editor.document);
      if (shown !== undefined && shown.version !== editor.document.version) {
        continue;
      }
      const read = shown?.read ?? null;
      const ranges = read === null ? [] : surpriseRanges(read);
      this.#decorations.forEach((decoration, index) => {
        editor.setDecorations(decoration, (ranges[index] ?? []).map(editorRange));
      });
    }
  }

  #hover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | null {
    const shown = this.#shown.get(document);
    const read = shown?.read ?? null;
    if (read === null || shown?.version !== document.version) {
      return null;
    }
    const found = surpriseAt(read, lineStart(read.text, position.line) + position.character);
    if (found === null) {
      return null;
    }
    const text = new vscode.MarkdownString().appendText(found.lines.join("\n"));
    return new vscode.Hover(text, editorRange(found.range));
  }
}

/** A document's text with lines ended by one unit each, whatever they are ended by on the disk. */
function plainText(document: vscode.TextDocument): string {
  return Array.from({ length: document.lineCount }, (_, line) => document.lineAt(line).text).join("\n");
}

function lineStart(text: string, line: number): number {
  let start = 0;
  for (let count = 0; count < line; count++) {
    start = text.indexOf("\n", start) + 1;
  }
  return start;
}

function editorRange({ start, end }: TextRange): vscode.Range {
  return new vscode.Range(start.line, start.column, end.line, end.column);
}
