import type { FrameLocator, Locator, Page } from "playwright-core";

/** What VS Code marks ghost text with, inside a line and below it. */
export const ghostSelector =
  ".ghost-text-decoration, .ghost-text-decoration-preview, .suggest-preview-text .ghost-text";

/** How long the palette may take to open, and how often it is asked for. */
const paletteMs = 5_000;
const paletteAttempts = 5;

/** Runs a command by its title from the command palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = await beginCommand(page, title);
  await input.waitFor({ state: "hidden" });
}

/** Runs a command that goes on to ask something in the palette's place. Returns the palette's input. */
export async function beginCommand(page: Page, title: string): Promise<Locator> {
  const input = await openPalette(page);
  await input.fill(`>${title}`);
  const row = quickInputRow(page, title);
  await row.waitFor();
  await row.click();
  return input;
}

/** Waits for a list with this title, and picks the entry that has the text. */
export async function pickEntry(page: Page, list: string, text: string): Promise<void> {
  await quickInput(page, list).waitFor();
  await quickInputRow(page, text).click();
}

/** The list or palette that is open under this title. */
export function quickInput(page: Page, title: string): Locator {
  return page.locator(".quick-input-widget:visible").filter({ hasText: title });
}

/** The entry of the open list or palette that has the text. */
export function quickInputRow(page: Page, text: string): Locator {
  return page
    .locator(".quick-input-widget:visible .quick-input-list .monaco-list-row")
    .filter({ hasText: text })
    .first();
}

/** Opens the command palette; asks again where the key was lost in a webview that had the focus and was not ready yet. */
async function openPalette(page: Page): Promise<Locator> {
  const input = page.locator(".quick-input-widget:visible input");
  for (let attempt = 1; ; attempt++) {
    await page.keyboard.press("F1");
    try {
      await input.waitFor({ timeout: paletteMs });
      return input;
    } catch (error) {
      if (attempt === paletteAttempts) {
        throw error;
      }
    }
  }
}

/** Opens an empty text document and puts the caret into it. */
export async function openUntitled(page: Page): Promise<void> {
  await runCommand(page, "File: New Untitled Text File");
  await page.locator(".editor-group-container.active .tab.active", { hasText: "Untitled" }).waitFor();
  await editor(page).click();
}

/** The text editor that is active. */
export function editor(page: Page): Locator {
  return page.locator(".editor-group-container.active .monaco-editor[role=code]").first();
}

/** The text editor of the group that shows a tab of this name, active or not. */
export function editorShowing(page: Page, name: string): Locator {
  const group = page.locator(".editor-group-container").filter({
    has: page.locator(".tab.active", { hasText: name }),
  });
  return group.locator(".monaco-editor[role=code]").first();
}

/** The item of the status bar whose text matches. */
export function statusBarItem(page: Page, pattern: RegExp): Locator {
  return page.locator(".part.statusbar .statusbar-item").filter({ hasText: pattern });
}

/** Every text that an item of the status bar showed since `recordStatusBar`, one after the other. */
export class StatusBarRecord {
  readonly #texts: string[] = [];

  private constructor() {
    // Made by `start` only.
  }

  /** Begins to record the texts that match. The page tells of each change itself. */
  public static async start(page: Page, pattern: RegExp): Promise<StatusBarRecord> {
    const record = new StatusBarRecord();
    await page.exposeFunction("inklingRecordStatus", (text: string) => record.#add(text));
    await page.evaluate((source) => {
      const bar = document.querySelector(".part.statusbar");
      const expression = new RegExp(source);
      const tell = (): void => {
        for (const item of bar?.querySelectorAll(".statusbar-item") ?? []) {
          const text = item.textContent.trim();
          if (expression.test(text)) {
            (globalThis as unknown as { inklingRecordStatus(text: string): void }).inklingRecordStatus(text);
          }
        }
      };
      if (bar !== null) {
        new MutationObserver(tell).observe(bar, { subtree: true, childList: true, characterData: true });
      }
      tell();
    }, pattern.source);
    return record;
  }

  public get texts(): readonly string[] {
    return this.#texts;
  }

  #add(text: string): void {
    const plain = plainSpaces(text);
    if (this.#texts.at(-1) !== plain) {
      this.#texts.push(plain);
    }
  }
}

/** What the editor offers after the caret, as drawn; "" where it offers nothing. */
export async function ghostText(page: Page): Promise<string> {
  const parts = await editor(page).locator(ghostSelector).allTextContents();
  return plainSpaces(parts.join(""));
}

/** Waits until the editor offers something, and returns it. */
export async function waitForGhostText(page: Page): Promise<string> {
  await editor(page).locator(ghostSelector).first().waitFor({ timeout: 20_000 });
  return ghostText(page);
}

/** Waits until the editor offers nothing. */
export async function waitForNoGhostText(page: Page): Promise<void> {
  await editor(page).locator(ghostSelector).first().waitFor({ state: "detached" });
}

/** The lines that the editor shows, ghost text left out. */
export async function shownLines(page: Page): Promise<readonly string[]> {
  const lines = await editor(page)
    .locator(".view-lines .view-line")
    .evaluateAll((elements) =>
      elements
        .map((element) => {
          const copy = element.cloneNode(true) as HTMLElement;
          for (const ghost of copy.querySelectorAll("[class*=ghost-text]")) {
            ghost.remove();
          }
          return { top: Number.parseFloat((element as HTMLElement).style.top), text: copy.textContent };
        })
        .sort((left, right) => left.top - right.top)
        .map(({ text }) => text),
    );
  return lines.map(plainSpaces);
}

/** The document inside the webview that is shown. */
export function webviewContent(page: Page): FrameLocator {
  return page.locator("iframe.webview.ready").last().contentFrame().frameLocator("iframe#active-frame");
}

/** Editors draw spaces as no-break spaces. */
function plainSpaces(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

/** For each canvas, how many of its pixels are not transparent. Runs in the page. */
export function countInk(elements: readonly Element[]): readonly number[] {
  return elements.map((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const pixels = (element as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data;
    return (pixels ?? new Uint8ClampedArray()).filter((value, index) => index % 4 === 3 && value > 0).length;
  });
}
