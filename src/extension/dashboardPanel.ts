import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import { parseDashboardRequest, type DashboardAction, type DashboardUpdate } from "../protocol/dashboardMessages.ts";
import type { ComparisonRun } from "./comparisonRun.ts";
import type { GradientsRun } from "./gradientsRun.ts";
import type { InklingState } from "./inklingState.ts";

/** The type of the dashboard's panel, in the manifest's activation events too. */
export const DASHBOARD_VIEW_TYPE = "inkling.dashboard";

export interface DashboardPanelParts {
  readonly extensionUri: vscode.Uri;
  readonly state: InklingState;
  readonly comparison: ComparisonRun;
  readonly gradients: GradientsRun;
  readonly onAction: (action: Exclude<DashboardAction, "ready">) => void;
}

/** The dashboard: at most one panel, brought back after a restart of the editor. */
export class DashboardPanel implements Disposable, vscode.WebviewPanelSerializer {
  readonly #parts: DashboardPanelParts;
  readonly #owned = new DisposableStore();
  #panel: vscode.WebviewPanel | undefined;

  public constructor(parts: DashboardPanelParts) {
    this.#parts = parts;
    const { state, comparison, gradients } = parts;
    this.#owned.add(vscode.window.registerWebviewPanelSerializer(DASHBOARD_VIEW_TYPE, this));
    this.#owned.add(state.onDidChangeStatus((status) => this.#post({ type: "status", status })));
    this.#owned.add(comparison.onDidChange((view) => this.#post({ type: "comparison", comparison: view })));
    this.#owned.add(gradients.onDidChange((view) => this.#post({ type: "gradients", gradients: view })));
    this.#owned.add(
      state.onDidRecord((change) => {
        if (change.kind === "points") {
          this.#post({ type: "points", progress: change.progress, evaluations: change.evaluations });
        } else {
          this.#postSnapshot();
        }
      }),
    );
  }

  /** Opens the dashboard, or brings it to the front. */
  public show(): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal();
      return;
    }
    const column = vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
    this.#adopt(vscode.window.createWebviewPanel(DASHBOARD_VIEW_TYPE, "Inkling", column, this.#options()));
  }

  public deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = this.#options();
    this.#adopt(panel);
    return Promise.resolve();
  }

  public dispose(): void {
    this.#panel?.dispose();
    this.#owned.dispose();
  }

  #options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(this.#parts.extensionUri, "dist")] };
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.#parts.extensionUri, "media", "icon.png");
    panel.onDidDispose(() => {
      if (this.#panel === panel) {
        this.#panel = undefined;
      }
    });
    panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    panel.webview.html = this.#html(panel.webview);
  }

  #receive(message: unknown): void {
    const request = parseDashboardRequest(message);
    if (request === undefined) {
      return;
    }
    if (request.action === "ready") {
      this.#postSnapshot();
      const { comparison, gradients } = this.#parts;
      if (comparison.view !== null) {
        this.#post({ type: "comparison", comparison: comparison.view });
      }
      if (gradients.view !== null) {
        this.#post({ type: "gradients", gradients: gradients.view });
      }
    } else {
      this.#parts.onAction(request.action);
    }
  }

  #postSnapshot(): void {
    const { status, history } = this.#parts.state;
    this.#post({ type: "snapshot", status, history });
  }

  /** A hidden page is gone; it asks for a snapshot when it comes back. */
  #post(update: DashboardUpdate): void {
    if (this.#panel?.visible === true) {
      void this.#panel.webview.postMessage(update);
    }
  }

  #html(webview: vscode.Webview): string {
    const resource = (name: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#parts.extensionUri, "dist", name)).toString();
    const nonce = randomBytes(18).toString("base64");
    const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
    return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <title>Inkling</title>
    <link rel="stylesheet" href="${resource("dashboard.css")}">
  </head>
  <body>
    <div id="dashboard"></div>
    <script nonce="${nonce}" src="${resource("dashboard.js")}"></script>
  </body>
</html>`;
  }
}
