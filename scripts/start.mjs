// Opens a real VS Code with Inkling installed: npm start [-- FOLDER]
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "./lib/cacheDirectory.mjs";
import { contentHash } from "./lib/contentHash.mjs";
import { createProfile, installEmbeddedEditor, installVsix, startEmbeddedEditor } from "./lib/embeddedEditor.mjs";
import { FriendlyError } from "./lib/friendlyError.mjs";
import { writeAtomically } from "./lib/installOnce.mjs";
import { prepareCheckout, requireNode } from "./lib/prepareCheckout.mjs";
import { Processes } from "./lib/processes.mjs";
import { Progress } from "./lib/progress.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const usage = `Usage: npm start [-- FOLDER]

Prepares Inkling and opens a real VS Code with it on FOLDER (by default this repository).

Environment:
  INKLING_EDITOR  auto (default): the desktop VS Code if \`code\` is on the PATH, else the embedded one;
                  desktop or embedded: that one
  INKLING_CACHE   folder for everything that is installed once for all checkouts
`;

const nextSteps =
  "Type in it: grey suggestions come at once, from counts of the folder's files, and Tab accepts one.\n" +
  "The command “Inkling: Train LM on workspace” (F1) trains the network that makes them better.";

async function main() {
  const processes = new Processes();
  processes.endOnSignals();
  // Without npm a shell may have been left on purpose.
  if (process.env.npm_lifecycle_event === "start") {
    processes.endWithParent();
  }
  const progress = new Progress();
  try {
    const argument = readArguments(process.argv.slice(2));
    if (argument === "help") {
      progress.say(usage);
      return;
    }
    requireNode();
    const folder = openableFolder(argument);
    const editorKind = chooseEditor(process.env);
    const cache = cacheDirectory();
    const vsix = await prepareCheckout({ root, cache, processes, progress });
    if (editorKind.kind === "desktop") {
      await openDesktop({ command: editorKind.command, folder, vsix, processes, progress });
    } else {
      await openEmbedded({ cache, folder, vsix, processes, progress });
    }
  } catch (error) {
    console.error(error instanceof FriendlyError ? `\n${error.message}` : error);
    process.exitCode = 1;
  } finally {
    await processes.endAll();
  }
}

/** The folder argument as given, `undefined` without one, or "help". */
function readArguments(args) {
  if (args.includes("--help") || args.includes("-h")) {
    return "help";
  }
  const options = args.filter((argument) => argument.startsWith("-"));
  if (options.length > 0 || args.length > 1) {
    throw new FriendlyError(`Unexpected argument \`${options[0] ?? args[1]}\`.\n\n${usage}`);
  }
  return args[0];
}

function openableFolder(argument) {
  if (argument === undefined) {
    return root;
  }
  // npm runs scripts in the package's folder and keeps the person's own in INIT_CWD.
  const base = process.env.npm_lifecycle_event === "start" ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();
  const folder = resolve(base, argument);
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new FriendlyError(`There is no folder ${folder}. Give the folder to open: npm start -- FOLDER`);
  }
  if (!stat.isDirectory()) {
    throw new FriendlyError(`${folder} is a file. Give the folder to open: npm start -- FOLDER`);
  }
  return folder;
}

function chooseEditor(environment) {
  const wish = environment.INKLING_EDITOR || "auto";
  if (!["auto", "desktop", "embedded"].includes(wish)) {
    throw new FriendlyError(`Expected INKLING_EDITOR to be auto, desktop or embedded, got \`${wish}\`.`);
  }
  const command = findOnPath("code", environment);
  if (wish === "desktop" && command === undefined) {
    throw new FriendlyError("INKLING_EDITOR is desktop, but `code` is not on the PATH.");
  }
  const isDesktop = wish === "desktop" || (wish === "auto" && command !== undefined && hasScreen(environment));
  return isDesktop ? { kind: "desktop", command } : { kind: "embedded" };
}

function findOnPath(name, environment) {
  const names = process.platform === "win32" ? [`${name}.cmd`, `${name}.exe`] : [name];
  const folders = (environment.PATH ?? environment.Path ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((file) => join(folder, file))).find((path) => existsSync(path));
}

/** A Linux machine that is reached by ssh may have `code` and no screen to show it on. */
function hasScreen(environment) {
  const signs = ["DISPLAY", "WAYLAND_DISPLAY", "VSCODE_IPC_HOOK_CLI", "WSL_DISTRO_NAME"];
  return process.platform !== "linux" || signs.some((name) => Boolean(environment[name]));
}

async function openDesktop({ command, folder, vsix, processes, progress }) {
  await progress.step("Inkling into VS Code", () => processes.run(command, ["--install-extension", vsix, "--force"]));
  await progress.step("Opening VS Code", () => processes.run(command, [folder]));
  progress.say(`\nVS Code is open on ${folder}. ${nextSteps}`);
}

async function openEmbedded({ cache, folder, vsix, processes, progress }) {
  const editor = await progress.step("Embedded VS Code", async (note) => {
    const installed = await installEmbeddedEditor(cache, processes, note);
    return { ...installed, summary: `code-server ${installed.version}${installed.isNew ? ", installed" : ""}` };
  });
  // One profile a checkout, so that each keeps its own build of Inkling.
  const profileFolder = join(cache, "editor/profiles", createHash("sha256").update(root).digest("hex").slice(0, 12));
  const profile = createProfile(profileFolder);
  await progress.step("Inkling into VS Code", () =>
    installWhenNew({ editor, profile, profileFolder, vsix, processes }),
  );
  const logPath = join(profileFolder, "editor.log");
  const log = createWriteStream(logPath);
  const { address, ended } = await progress.step("Starting VS Code", () =>
    startEmbeddedEditor(editor, profile, {
      processes,
      folder,
      environment: { INKLING_CACHE: cache },
      onLine: (line) => log.write(`${line}\n`),
    }),
  );
  progress.say(`\nVS Code with Inkling is open on ${folder} at\n\n    ${address}\n`);
  progress.say(nextSteps);
  progress.say(`Whoever is logged in on this machine can open the address. Log: ${logPath}\nCtrl+C ends it.`);
  const { status, signal } = await ended;
  throw new FriendlyError(
    `The embedded VS Code ended by itself (${signal ?? `status ${status}`}). Its log: ${logPath}`,
  );
}

async function installWhenNew({ editor, profile, profileFolder, vsix, processes }) {
  const hash = contentHash("/", [resolve(vsix)]);
  const stamp = join(profileFolder, "installed-vsix");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) {
    return { summary: "unchanged" };
  }
  await installVsix(editor, profile, { vsix, processes });
  writeAtomically(stamp, hash);
  return { summary: "installed" };
}

await main();
