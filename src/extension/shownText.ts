import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";

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

  /** Brings the tab of a name to the front, wherever it is, or opens one. */
  public async open(name: string): Promise<vscode.TextEditor> {
    this.refresh(name);
    const uri = uriOf(name);
    const document = await vscode.workspace.openTextDocument(uri);
    const viewColumn = columnShowing(uri);
    return vscode.window.showTextDocument(document, {
      preview: false,
      ...(viewColumn === undefined ? {} : { viewColumn }),
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

function columnShowing(uri: vscode.Uri): vscode.ViewColumn | undefined {
  return vscode.window.tabGroups.all.find(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()),
  )?.viewColumn;
}
