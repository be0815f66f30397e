import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { EditorSession, keepEvidence, keepScreenshot, requiredVsix } from "./editorSession.ts";
import { type RecordedKey, recordedKeys, recordGhosts } from "./ghostRecord.ts";
import { editor, ghostSelector, shownLines, runCommand, waitForGhostText, waitForNoGhostText } from "./workbench.ts";

const MODULES = ["node:assert", "node:fs/promises", "node:path", "node:stream", "node:timers"] as const;
const FILE_COUNT = 40;

/** Between two keys: longer than what the editor waits before it asks, and the answer after that. */
const KEY_MS = 180;

describe("A person who types", function () {
  this.timeout(120_000);
  this.bail(true);
  let folder = "";
  let session: EditorSession | undefined;

  function page(): Page {
    assert.ok(session, "the editor is open");
    return session.page;
  }

  before(async function () {
    this.timeout(240_000);
    folder = createWorkspace();
    session = await EditorSession.open({ workspace: folder, vsixes: [requiredVsix()], settings: SETTINGS });
    page().setDefaultTimeout(120_000);
    await openFile(page(), "new.js");
    // Whole once a line that stands in every file is offered.
    try {
      await waitForCounts(page());
    } catch (error) {
      await keepScreenshot(page(), "typing-no-ghost");
      throw error;
    }
    await recordGhosts(page());
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed" && session !== undefined) {
      await keepEvidence(session, "typing-failed");
    }
  });

  after(async () => {
    await session?.dispose();
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  it("has ghost text back a moment after a bracket or quote was typed that the editor closes", async () => {
    await typeSlowly(page(), "const path = require('node:pa");
    const keys = await recordedKeys(page());
    for (const [key, offered] of [
      ["(", "'node:"],
      ["'", "node:"],
    ] as const) {
      const last = keys.findLast((one) => one.key === key);
      assert.equal(last?.changes.at(-1)?.ghost, offered, keys.map(describeKey).join("\n"));
    }
    assert.equal((await shownLines(page()))[0], "const path = require('node:pa')");
  });

  it("sees what else there is on asking, goes back, and accepts the other", async () => {
    await startLine(page(), "const ");
    await runCommand(page(), "Trigger Inline Suggestion");
    const first = await waitForGhostText(page());
    await page().keyboard.press("Alt+BracketRight");
    const second = await waitForOtherGhostText(page(), first);
    await page().keyboard.press("Alt+BracketLeft");
    assert.equal(await waitForOtherGhostText(page(), second), first);
    await page().keyboard.press("Alt+BracketRight");
    assert.equal(await waitForOtherGhostText(page(), first), second);
    await page().keyboard.press("Tab");
    await waitForNoGhostText(page());
    assert.equal((await shownLines(page()))[0], `const ${second}`);
    await startLine(page(), "const path = require('node:path'");
  });

  it("sees what a key brings soon", async () => {
    await page().keyboard.press("End");
    await typeSlowly(page(), TYPED);
    const waits = (await recordedKeys(page())).flatMap(waitOf).sort((x, y) => x - y);
    assert.ok(waits.length >= 20, `ghost text came up ${waits.length} times`);
    const quantile = (share: number): number => waits[Math.floor(share * (waits.length - 1))] ?? NaN;
    const [p50, p95] = [quantile(0.5), quantile(0.95)].map((ms) => ms - EDITOR_WAIT_MS);
    console.log(
      `      ${waits.length} new ghost texts: p50 ${p50?.toFixed(0)} ms, p95 ${p95?.toFixed(0)} ms after the editor's ${EDITOR_WAIT_MS} ms`,
    );
    // On a quiet machine p95 is 60 ms at most; this one may run anything beside.
    assert.ok((p50 ?? NaN) <= MOST_MEDIAN_MS, `${p50} ms`);
  });
});

/** What the editor waits after a key before it asks. */
const EDITOR_WAIT_MS = 50;
const MOST_MEDIAN_MS = 250;

const TYPED = [
  ";",
  "const stream = require('node:stream');",
  "async function readAll(options) {",
  "const file = path.join(options.folder, options.name);",
  "assert.ok(text.length > 0);",
].join("\n");

/** Milliseconds from a key to ghost text that is not what was left of the one before; none where nothing new came up. */
function waitOf({ before, changes }: RecordedKey): readonly number[] {
  const fresh = changes.find(({ ghost }) => ghost !== "" && !before.endsWith(ghost));
  const again = before === "" ? undefined : changes.slice(1).find(({ ghost }) => ghost !== "");
  const change = fresh ?? again;
  return change === undefined ? [] : [change.ms];
}

const COUNTING_ATTEMPTS = 12;
const MOST_WAIT_MS = 10_000;

const SETTINGS = {
  "inkling.eagerness": 1,
  "editor.wordBasedSuggestions": "off",
  "javascript.suggest.enabled": false,
  "typescript.disableAutomaticTypeAcquisition": true,
};

function describeKey({ key, before, changes }: RecordedKey): string {
  return `${JSON.stringify(key)} before ${JSON.stringify(before)} → ${changes.map(({ ms, ghost }) => `${ms.toFixed(0)}:${JSON.stringify(ghost)}`).join(" ")}`;
}

/** Files that begin alike, so that what comes next is known after a few letters. */
function createWorkspace(): string {
  const parent = mkdtempSync(join(tmpdir(), "inkling-typing-"));
  const workspace = join(parent, "modules");
  mkdirSync(workspace);
  for (let index = 0; index < FILE_COUNT; index++) {
    const lines = [
      "'use strict';",
      "",
      ...MODULES.map((name) => `const ${name.replace(/^node:/, "").replace(/\W.*/, "")} = require('${name}');`),
      "",
      `/** Reads table ${index} and checks that it has rows. */`,
      `async function readTable${index}(options) {`,
      "  const file = path.join(options.folder, options.name);",
      "  const text = await fs.readFile(file, 'utf8');",
      "  assert.ok(text.length > 0, `${file} is empty`);",
      "  return text.split('\\n').map((line) => line.split(','));",
      "}",
      "",
      `module.exports = { readTable${index} };`,
      "",
    ];
    writeFileSync(join(workspace, `table${index}.js`), lines.join("\n"));
  }
  writeFileSync(join(workspace, "new.js"), "");
  return workspace;
}

async function openFile(page: Page, name: string): Promise<void> {
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).first().dblclick();
  await page.locator(".tab.active", { hasText: name }).waitFor();
  await page.locator(".editor-group-container.active .monaco-editor.focused").waitFor();
}

/** Types the beginning of a line that all files have until its rest is offered, and deletes it again. */
async function waitForCounts(page: Page): Promise<void> {
  const ghost = editor(page).locator(ghostSelector).first();
  for (let attempt = 1; ; attempt++) {
    await page.keyboard.type("async function re", { delay: 60 });
    try {
      await ghost.waitFor({ timeout: 5_000 });
      break;
    } catch (error) {
      if (attempt === COUNTING_ATTEMPTS) {
        throw error;
      }
    } finally {
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
    }
  }
}

/** Puts a line in place of all that is in the editor. */
async function startLine(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await typeSlowly(page, text);
}

/** Ghost text that is not `known`; throws where none comes up. */
async function waitForOtherGhostText(page: Page, known: string): Promise<string> {
  for (let waited = 0; waited < MOST_WAIT_MS; waited += KEY_MS) {
    const text = await waitForGhostText(page);
    if (text !== known) {
      return text;
    }
    await page.waitForTimeout(KEY_MS);
  }
  throw new Error(`Nothing but ${JSON.stringify(known)} came up.`);
}

async function typeSlowly(page: Page, text: string): Promise<void> {
  for (const character of text) {
    await page.keyboard.type(character);
    await page.waitForTimeout(KEY_MS);
  }
}
