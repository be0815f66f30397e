import "./validLanguage.ts";
import "uplot/dist/uPlot.min.css";
import "../../media/dashboard.css";
import { parseDashboardUpdate, type DashboardAction } from "../protocol/dashboardMessages.ts";
import { DashboardPage } from "./dashboardPage.ts";
import { applyUpdate, restoreShown, type Shown } from "./shownState.ts";

/** What VS Code gives to the script of a webview. */
interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): WebviewApi;

start();

function start(): void {
  const parent = document.getElementById("dashboard");
  if (parent === null) {
    throw new TypeError("Expected an element with the id `dashboard`");
  }
  const api = acquireVsCodeApi();
  const post = (action: DashboardAction): void => {
    api.postMessage({ type: "action", action });
  };
  const page = new DashboardPage(parent, post);
  // What was shown before the page was hidden is there at once; the extension's snapshot then replaces it.
  let shown: Shown | undefined = restoreShown(api.getState());
  let isDrawPending = false;
  const draw = (): void => {
    isDrawPending = false;
    if (shown !== undefined) {
      page.show(shown);
    }
  };
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const update = parseDashboardUpdate(data);
    if (update === undefined) {
      return;
    }
    shown = applyUpdate(shown, update);
    if (update.type !== "points") {
      api.setState(shown);
    }
    if (!isDrawPending) {
      isDrawPending = true;
      requestAnimationFrame(draw);
    }
  });
  draw();
  post("ready");
}
