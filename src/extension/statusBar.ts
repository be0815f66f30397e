import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import type { InklingStatus } from "../protocol/dashboardMessages.ts";
import type { InklingState } from "./inklingState.ts";
import { describeStatus, LINKED_COMMANDS } from "./statusText.ts";

/** Inkling's item in the status bar; it follows the state. */
export class StatusBar implements Disposable {
  readonly #owned = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  public constructor(state: InklingState) {
    this.#item = this.#owned.add(
      vscode.window.createStatusBarItem("inkling.status", vscode.StatusBarAlignment.Right, 90),
    );
    this.#item.name = "Inkling";
    this.#owned.add(state.onDidChangeStatus((status) => this.#show(status)));
    this.#show(state.status);
    this.#item.show();
  }

  public dispose(): void {
    this.#owned.dispose();
  }

  #show(status: InklingStatus): void {
    const { text, tooltip, accessibleText, severity, command } = describeStatus(status);
    this.#item.text = text;
    this.#item.tooltip = linkedMarkdown(tooltip);
    this.#item.accessibilityInformation = { label: accessibleText };
    this.#item.command = command;
    this.#item.backgroundColor =
      severity === "warning" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }
}

/** Markdown with icons, whose links may run the commands that the text links to. */
function linkedMarkdown(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text, true);
  markdown.isTrusted = { enabledCommands: LINKED_COMMANDS };
  return markdown;
}
