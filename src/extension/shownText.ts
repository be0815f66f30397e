import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";

const SCHEME = "inkling";

/** Texts of Inkling's own, opened in read-only editors: nothing asks to save them. */
export class ShownText implements Disposable, vscode.TextDocumentContentProvider {
  readonly #owned = new DisposableStore();
  readonly #didChange = this.#owned.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #texts = new Map<string, string>();

  public readonly onDidChange = this.#didChange.event;

  public constructor() {
    this.#owned.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  /**
   * Opens a text, in place of what was open under the same name. The name's ending chooses the language.
   * @returns where further text goes
   */
  public async open(name: string, text: string): Promise<vscode.Uri> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
    this.replace(uri, text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
    return uri;
  }

  /** Puts another text into an open editor. */
  public replace(uri: vscode.Uri, text: string): void {
    this.#texts.set(uri.path, text);
    this.#didChange.fire(uri);
  }

  public provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? "This text was not kept; run the command again.\n";
  }

  public dispose(): void {
    this.#owned.dispose();
  }
}
