import type { Page } from "playwright-core";
import { ghostSelector } from "./workbench.ts";

/** What a key did to the ghost text; milliseconds from the key's event in the page to the change of the page. */
export interface RecordedKey {
  readonly key: string;
  /** Offered before the key. */
  readonly before: string;
  /** What was offered after it, one text after another. */
  readonly changes: readonly { readonly ms: number; readonly ghost: string }[];
}

interface GhostPage {
  inklingKeys: { key: string; before: string; changes: { ms: number; ghost: string }[] }[];
}

/** Has the page itself record keys and ghost text, so that the way to this process is not in the figures. */
export async function recordGhosts(page: Page): Promise<void> {
  await page.evaluate((selector) => {
    const shown = globalThis as unknown as GhostPage;
    shown.inklingKeys = [];
    let pressedMs = 0;
    let last = "";
    const read = (): string =>
      Array.from(document.querySelectorAll(selector), (part) => part.textContent)
        .join("")
        .replaceAll("\u00a0", " ");
    document.addEventListener(
      "keydown",
      ({ key }) => {
        pressedMs = performance.now();
        last = read();
        shown.inklingKeys.push({ key, before: last, changes: [] });
      },
      { capture: true },
    );
    new MutationObserver(() => {
      const ghost = read();
      if (ghost !== last) {
        last = ghost;
        shown.inklingKeys.at(-1)?.changes.push({ ms: performance.now() - pressedMs, ghost });
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, ghostSelector);
}

/** What was recorded since `recordGhosts`. */
export async function recordedKeys(page: Page): Promise<readonly RecordedKey[]> {
  return page.evaluate(() => (globalThis as unknown as GhostPage).inklingKeys);
}
