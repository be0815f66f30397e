import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import { textPlace, type TextPlace } from "./textPlace.ts";

const SCHEME = "inkling";

/** Texts of Inkling's own, opened in read-only editors: nothing asks to save them. Each name has one tab at most. */
export class ShownText implements Disposable, vscode.TextDocumentContentProvider {
  readonly #owned = new DisposableStore();
  readonly #didChange = this.#owned.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #texts = new Map<string, () => string>();

  public readonly onDidChange = this.#didChange.event;

  public constructor() {
    this.#owned.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  /** Says what the text of a name is whenever an editor asks, also in a tab that a restart brought back. The name's ending chooses the language. */
  public offer(name: string, read: () => string): void {
    this.#texts.set(name, read);
    this.refresh(name);
  }

  /** Has the editors on a name ask again. */
  public refresh(name: string): void {
    this.#didChange.fire(uriOf(name));
  }

  /** Brings the tab of a name to the front, wherever it is, or opens one; a text that somebody writes stays in sight and keeps the caret. */
  public async open(name: string): Promise<vscode.TextEditor> {
    this.refresh(name);
    const uri = uriOf(name);
    const document = await vscode.workspace.openTextDocument(uri);
    const tab = tabOf(uri);
    const active = vscode.window.activeTextEditor;
    const writtenColumn = active?.document.uri.scheme === SCHEME ? undefined : active?.viewColumn;
    const place = textPlace({ writtenColumn, shownColumn: tab?.group.viewColumn });
    if (place === "moved" && tab !== undefined) {
      await vscode.window.tabGroups.close(tab, true);
    }
    return vscode.window.showTextDocument(document, {
      preview: false,
      preserveFocus: writtenColumn !== undefined,
      viewColumn: columnOf(place, tab),
    });
  }

  public provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path.slice(1))?.() ?? "This text was not kept: run its command again.\n";
  }

  public dispose(): void {
    this.#owned.dispose();
  }
}

function uriOf(name: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
}

function tabOf(uri: vscode.Uri): vscode.Tab | undefined {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .find(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
}

function columnOf(place: TextPlace, tab: vscode.Tab | undefined): vscode.ViewColumn {
  switch (place) {
    case "active":
      return vscode.ViewColumn.Active;
    case "there":
      return tab?.group.viewColumn ?? vscode.ViewColumn.Active;
    case "beside":
    case "moved":
      return vscode.ViewColumn.Beside;
  }
}
