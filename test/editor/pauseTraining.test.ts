import assert from "node:assert/strict";
import { EditorSession, keepEvidence, keepScreenshot, requiredVsix } from "./editorSession.ts";
import { SampleWorkspace } from "./sampleWorkspace.ts";
import { runCommand, statusBarItem, webviewContent } from "./workbench.ts";

/** Steps may be slow to come on a machine that is busy. */
const stepMs = 90_000;
const runningStatus = /ppl [\d.,]+.* \d+%/;
const pausedStatus = /^\s*paused( · ppl [\d.,]+)? \d+%\s*$/;

describe("A person who needs the machine while it trains", function () {
  this.timeout(stepMs);
  // Each step stands on the one before.
  this.bail(true);
  const workspace = new SampleWorkspace();
  let session: EditorSession | undefined;

  function page(): EditorSession["page"] {
    assert.ok(session, "the editor is open");
    return session.page;
  }

  async function offeredCommands(): Promise<readonly string[]> {
    await page().keyboard.press("F1");
    const input = page().locator(".quick-input-widget:visible input");
    await input.fill(">Inkling: ");
    const rows = page().locator(".quick-input-widget:visible .quick-input-list .monaco-list-row");
    await rows.filter({ hasText: "Inkling: Cancel training" }).first().waitFor();
    const texts = await rows.allInnerTexts();
    await page().keyboard.press("Escape");
    await input.waitFor({ state: "hidden" });
    return texts;
  }

  const offers = (commands: readonly string[], title: string): boolean =>
    commands.some((text) => text.includes(`Inkling: ${title}`));

  before(async function () {
    this.timeout(240_000);
    session = await EditorSession.open({
      workspace: workspace.folder,
      vsixes: [requiredVsix()],
      settings: {
        "inkling.training.budget": "10m",
        "inkling.training.backend": "portable",
        "inkling.training.hiddenSize": 32,
        "inkling.training.mode": "background",
      },
    });
    await statusBarItem(page(), /Inkling/).waitFor({ timeout: stepMs });
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed" && session !== undefined) {
      await keepEvidence(session, "pause-failed");
    }
  });

  after(async () => {
    await session?.dispose();
    workspace.dispose();
  });

  it("pauses the training by the command, and sees in the status bar that it stands still", async () => {
    await runCommand(page(), "Inkling: Train LM on workspace");
    await statusBarItem(page(), runningStatus).waitFor();
    const running = await offeredCommands();
    assert.deepEqual([offers(running, "Pause training"), offers(running, "Resume training")], [true, false]);
    await runCommand(page(), "Inkling: Pause training");
    await statusBarItem(page(), pausedStatus).waitFor();
    await keepScreenshot(page(), "pause-1-paused");
    const paused = await offeredCommands();
    assert.deepEqual([offers(paused, "Pause training"), offers(paused, "Resume training")], [false, true]);
  });

  it("finds it paused in the dashboard, where a button has it go on", async () => {
    const before = await statusBarItem(page(), pausedStatus).innerText();
    await runCommand(page(), "Inkling: Show dashboard");
    const dashboard = webviewContent(page());
    await dashboard.locator('[data-testid="headline"]', { hasText: "Paused" }).waitFor();
    await keepScreenshot(page(), "pause-2-dashboard");
    const facts = await dashboard.locator('[data-testid="facts"]').innerText();
    for (const part of ["Forward", "Backward", "Update", "Utilisation", "Memory"]) {
      assert.ok(facts.includes(part), `${part} is among the facts: ${facts}`);
    }
    assert.match(facts, /of 1 thread|of \d+ threads/);
    assert.equal(await statusBarItem(page(), pausedStatus).innerText(), before, "nothing moves meanwhile");
    await dashboard.locator('[data-testid="action-resume"]').click();
    await dashboard.locator('[data-testid="headline"]', { hasText: "Training" }).waitFor();
    await statusBarItem(page(), pausedStatus).waitFor({ state: "detached" });
    await statusBarItem(page(), runningStatus).waitFor();
  });

  it("pauses by the dashboard's button, cancels while it stands, and has the editor as before", async () => {
    const dashboard = webviewContent(page());
    await dashboard.locator('[data-testid="action-pause"]').click();
    await statusBarItem(page(), pausedStatus).waitFor();
    await runCommand(page(), "Inkling: Cancel training");
    await statusBarItem(page(), pausedStatus).waitFor({ state: "detached" });
    // A model if there was one to keep, else the offer to train.
    await statusBarItem(page(), /^\s*(?:(?:final )?ppl [\d.,]+( · portable)?|Inkling: train)\s*$/).waitFor();
    await keepScreenshot(page(), "pause-3-cancelled");
  });
});
