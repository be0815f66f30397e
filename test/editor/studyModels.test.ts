import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { EditorSession, keepEvidence, keepScreenshot, requiredVsix } from "./editorSession.ts";
import { SampleWorkspace } from "./sampleWorkspace.ts";
import { beginCommand, countInk, pickEntry, quickInput, quickInputRow, webviewContent } from "./workbench.ts";

/** Three networks at twenty seconds each, TensorFlow's start, and what is measured besides, on a machine that may be busy. */
const runMs = 240_000;

const gradientText = "text to inspect gradients on";
const gradientSeconds = "how long to train RNN, LSTM and GRU";

describe("A student who compares models and looks at their gradients", function () {
  this.timeout(60_000);
  // Each step stands on the one before.
  this.bail(true);
  const workspace = new SampleWorkspace();
  let session: EditorSession | undefined;

  function page(): EditorSession["page"] {
    assert.ok(session, "the editor is open");
    return session.page;
  }

  function section(name: "comparison" | "gradients"): Locator {
    return webviewContent(page()).getByTestId(name);
  }

  before(async function () {
    this.timeout(240_000);
    session = await EditorSession.open({ workspace: workspace.folder, vsixes: [requiredVsix()] });
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed" && session !== undefined) {
      await keepEvidence(session, "study-failed");
    }
  });

  after(async () => {
    await session?.dispose();
    workspace.dispose();
  });

  it("ticks models, names a time, and sees a row for each and who needs the fewest bits", async function () {
    this.timeout(runMs);
    await beginCommand(page(), "Inkling: Compare models on workspace");
    const list = quickInput(page(), "models to compare on this workspace");
    await list.waitFor();
    for (const unwanted of ["Fixed window", "Simple recurrent", "Gated recurrent"]) {
      await quickInputRow(page(), unwanted).click();
    }
    await keepScreenshot(page(), "study-1-models");
    await page().keyboard.press("Enter");
    await pickEntry(page(), "how long to train each network", "20 seconds");
    await section("comparison").locator("canvas").first().waitFor({ timeout: 60_000 });
    await keepScreenshot(page(), "study-2-comparing");
    await page().locator(".notification-toast", { hasText: "Compared 2 models" }).waitFor({ timeout: runMs });
    await keepScreenshot(page(), "study-3-compared");
    const rows = await section("comparison").locator("tbody tr").allInnerTexts();
    assert.deepEqual(
      rows.map((row) => row.split(/\s/)[0]),
      ["kn5", "lstm"],
      rows.join(" | "),
    );
  });

  it("asks of an open file or of the workspace, looks at the gradients there, and finds each part drawn", async function () {
    this.timeout(runMs);
    await section("gradients").scrollIntoViewIfNeeded();
    await keepScreenshot(page(), "study-4-laboratory");
    await section("gradients").getByRole("button", { name: "Inspect gradients" }).click();
    await pickEntry(page(), gradientSeconds, "after 20 seconds");
    await page().locator(".notification-toast", { hasText: "A step back multiplies" }).waitFor({ timeout: runMs });
    await section("gradients").locator("details summary").click();
    await section("gradients").scrollIntoViewIfNeeded();
    await keepScreenshot(page(), "study-5-gradients");
    const text = await section("gradients").innerText();
    assert.match(text, /untrained and after 20 seconds of training/);
    for (const part of ["rnn", "lstm", "gru", "σ", "forget", "Clipping"]) {
      assert.ok(text.includes(part), `\`${part}\` is told: ${text}`);
    }
    const drawn = await section("gradients").locator("canvas").evaluateAll(countInk);
    assert.ok(drawn.length >= 4 && drawn.every((count) => count > 100), `every chart is drawn: ${drawn.join(", ")}`);
    const charts = await section("gradients").locator("figure").all();
    await charts.at(-1)?.scrollIntoViewIfNeeded();
    await keepScreenshot(page(), "study-6-clipping");
  });

  it("cancels a second look, and can begin a third", async function () {
    this.timeout(runMs);
    await page().locator(".explorer-folders-view .monaco-list-row", { hasText: "lines" }).click();
    await page().locator(".explorer-folders-view .monaco-list-row", { hasText: ".timetable" }).first().click();
    await page().locator(".tab.active", { hasText: ".timetable" }).waitFor();
    await beginCommand(page(), "Inkling: Inspect gradients on workspace");
    await quickInput(page(), gradientText).waitFor();
    await keepScreenshot(page(), "study-7-where");
    await pickEntry(page(), gradientText, "This workspace");
    await pickEntry(page(), gradientSeconds, "after 1 minute");
    await section("gradients").getByRole("button", { name: "Cancel inspection" }).click({ timeout: 60_000 });
    await section("gradients").locator("p.detail", { hasText: "Cancelled after" }).waitFor({ timeout: 60_000 });
    await keepScreenshot(page(), "study-8-cancelled");
    await section("gradients").getByRole("button", { name: "Inspect again" }).waitFor();
  });
});
