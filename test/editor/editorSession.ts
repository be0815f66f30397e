import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { cacheDirectory } from "../../scripts/lib/cacheDirectory.mjs";
import {
  createProfile,
  installEmbeddedEditor,
  installVsix,
  startEmbeddedEditor,
} from "../../scripts/lib/embeddedEditor.mjs";
import { Processes } from "../../scripts/lib/processes.mjs";
import { installTestBrowser } from "../../scripts/lib/testBrowser.mjs";

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** How long the editor may take to draw itself on a busy machine. */
const workbenchMs = 120_000;

export interface EditorSessionOptions {
  /** Folder to open. */
  readonly workspace: string;
  /** Extensions to install, in this order. */
  readonly vsixes: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Variables added to the editor's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A real VS Code with its own empty profile, and a real browser that shows it. */
export class EditorSession {
  /** What the editor printed. */
  public readonly editorLines: readonly string[];
  /** What went wrong in the page, as the browser's console shows it. */
  public readonly consoleErrors: string[];
  readonly #address: string;
  readonly #browser: Browser;
  #page: Page;
  readonly #processes: Processes;
  readonly #profileFolder: string;

  private constructor(parts: SessionParts) {
    this.#address = parts.address;
    this.#page = parts.page;
    this.editorLines = parts.editorLines;
    this.consoleErrors = parts.consoleErrors;
    this.#browser = parts.browser;
    this.#processes = parts.processes;
    this.#profileFolder = parts.profileFolder;
  }

  /** The window that is open. */
  public get page(): Page {
    return this.#page;
  }

  /** Installs the extensions into a fresh profile, starts the editor and waits until it shows the workspace. */
  public static async open(options: EditorSessionOptions): Promise<EditorSession> {
    const processes = new Processes();
    processes.endOnSignals();
    const profileFolder = mkdtempSync(join(tmpdir(), "inkling-editor-"));
    try {
      return new EditorSession(await openParts(options, processes, profileFolder));
    } catch (error) {
      await processes.endAll();
      rmSync(profileFolder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Loads the window again, as “Developer: Reload Window” does; the editor's server goes on. */
  public async reload(): Promise<void> {
    await this.page.reload();
    await waitForWorkbench(this.page);
  }

  /** Closes the window and opens a folder in a new one, in a browser that remembers nothing; the editor's server goes on. */
  public async openWindow(folder: string): Promise<void> {
    await this.#page.context().close();
    const address = new URL(this.#address);
    address.searchParams.set("folder", folder);
    this.#page = await openPage(this.#browser, address.href, this.consoleErrors);
  }

  public async dispose(): Promise<void> {
    await this.#browser.close();
    await this.#processes.endAll();
    rmSync(this.#profileFolder, { recursive: true, force: true });
  }
}

interface SessionParts {
  readonly address: string;
  readonly page: Page;
  readonly browser: Browser;
  readonly editorLines: readonly string[];
  readonly consoleErrors: string[];
  readonly processes: Processes;
  readonly profileFolder: string;
}

async function openParts(
  options: EditorSessionOptions,
  processes: Processes,
  profileFolder: string,
): Promise<SessionParts> {
  const cache = cacheDirectory();
  const editor = await installEmbeddedEditor(cache, processes);
  const testBrowser = await installTestBrowser(cache, processes);
  const profile = createProfile(profileFolder, { ...quietSettings, ...options.settings });
  for (const vsix of options.vsixes) {
    await installVsix(editor, profile, { vsix, processes });
  }
  const editorLines: string[] = [];
  const { address } = await startEmbeddedEditor(editor, profile, {
    processes,
    folder: options.workspace,
    // An empty gallery: the tests reach nothing outside this machine.
    environment: { INKLING_CACHE: cache, EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...options.environment },
    onLine: (line) => editorLines.push(line),
  });
  const browser = await chromium.launch({
    executablePath: testBrowser.executablePath,
    env: { ...process.env, ...testBrowser.environment },
    // Containers run as root, for whom Chromium's sandbox does not start.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const consoleErrors: string[] = [];
  const page = await openPage(browser, address, consoleErrors);
  return { address, page, browser, editorLines, consoleErrors, processes, profileFolder };
}

/** A window of the editor in a browser context of its own, once it shows its folder. */
async function openPage(browser: Browser, address: string, consoleErrors: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, colorScheme: "dark" });
  // tsx names every function by way of this one, also those that are sent into the page.
  await context.addInitScript("globalThis.__name = (target) => target;");
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") {
      consoleErrors.push(message.text());
    }
  });
  page.on("pageerror", (error) => consoleErrors.push(String(error)));
  await page.goto(address, { timeout: workbenchMs });
  await waitForWorkbench(page);
  return page;
}

/** Takes out of the window what moves by itself or asks for attention. */
const quietSettings = {
  "editor.cursorBlinking": "solid",
  "editor.minimap.enabled": false,
  "git.enabled": false,
  "window.autoDetectColorScheme": true,
  // A window that restores its editors takes the focus at a moment of its own.
  "workbench.quickOpen.closeOnFocusLost": false,
  "workbench.tips.enabled": false,
};

async function waitForWorkbench(page: Page): Promise<void> {
  await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: workbenchMs });
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: workbenchMs });
}

/** Keeps a picture of the page and what editor and page complained about, for whoever looks for the cause. */
export async function keepEvidence(session: EditorSession, name: string): Promise<void> {
  await keepScreenshot(session.page, name);
  const lines = ["Editor:", ...session.editorLines, "", "Page:", ...session.consoleErrors, ""];
  writeFileSync(join(repository, "artefacts", `${name}.log`), lines.join("\n"));
  console.log(`See artefacts/screenshots/${name}.png and artefacts/${name}.log`);
}

/** Keeps a picture of the page among the artefacts. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = join(repository, "artefacts/screenshots");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** The packaged extension under test. */
export function requiredVsix(): string {
  const path = process.env["INKLING_TEST_VSIX"];
  if (path === undefined) {
    throw new Error("INKLING_TEST_VSIX names the packaged extension; `npm test -- host journey` sets it.");
  }
  return path;
}
