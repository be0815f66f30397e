import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FriendlyError } from "./friendlyError.mjs";
import { installOnce } from "./installOnce.mjs";
import { installDependencies, installPackages } from "./npm.mjs";
import { choosePort, rememberPort } from "./rememberedPort.mjs";

const editorVersion = "4.139.1";
/** The Node that this code-server asks for; npm packages exist for these processors. */
const nodeVersion = "24.21.0";
const processors = ["x64", "arm64"];

/** How long the editor may take until it listens, on a machine that is busy with something else. */
const startMs = 120_000;

/** Settings of the embedded editor; it has a profile of its own, so nobody's own settings are touched. */
const settings = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.openRepositoryInParentFolders": "never",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

/** Installs the embedded VS Code into the cache, once. Returns the paths of its Node and of its entry file. */
export async function installEmbeddedEditor(cache, processes, note = () => {}) {
  const { platform, arch } = process;
  if (platform !== "linux" || !processors.includes(arch)) {
    throw new FriendlyError(
      `The embedded VS Code runs on Linux (x64, arm64) only, and this is ${platform} (${arch}). ` +
        "Install VS Code so that `code` is on the PATH (in VS Code: \"Shell Command: Install 'code' command in PATH\").",
    );
  }
  const target = join(cache, "editor", `code-server-${editorVersion}-node-${nodeVersion}-${platform}-${arch}`);
  const nodePackage = `node-${platform}-${arch}`;
  const isNew = await installOnce(target, processes, async (staging) => {
    note(`npm installs code-server ${editorVersion} and Node ${nodeVersion}`);
    await installPackages(processes, staging, [`code-server@${editorVersion}`, `${nodePackage}@${nodeVersion}`]);
    const vscode = join(staging, "node_modules/code-server/lib/vscode");
    note("npm installs what the VS Code inside it needs");
    await installDependencies(processes, vscode);
    await installDependencies(processes, join(vscode, "extensions"));
  });
  return {
    isNew,
    version: editorVersion,
    node: join(target, "node_modules", nodePackage, "bin/node"),
    entry: join(target, "node_modules/code-server/out/node/entry.js"),
  };
}

/** Creates an editor profile in a folder: user data and extensions. Settings that are there already stay. */
export function createProfile(folder, moreSettings = {}) {
  const settingsPath = join(folder, "user-data/User/settings.json");
  mkdirSync(join(folder, "extensions"), { recursive: true });
  mkdirSync(dirname(settingsPath), { recursive: true });
  if (!existsSync(settingsPath)) {
    writeFileSync(settingsPath, `${JSON.stringify({ ...settings, ...moreSettings }, undefined, 2)}\n`);
  }
  const configPath = join(folder, "config.yaml");
  writeFileSync(configPath, "auth: none\n");
  return {
    userData: join(folder, "user-data"),
    extensions: join(folder, "extensions"),
    configPath,
    portsPath: join(folder, "ports"),
  };
}

/** Installs a VSIX into a profile; it replaces an older version. */
export async function installVsix(editor, profile, { vsix, processes }) {
  const { lines } = await processes.run(
    editor.node,
    [editor.entry, ...profileArguments(profile), "--install-extension", vsix, "--force"],
    { env: editorEnvironment({}) },
  );
  if (!lines.some((line) => line.includes("was successfully installed"))) {
    throw new FriendlyError(`The editor did not install ${vsix}:\n${lines.join("\n")}`);
  }
}

/**
 * Starts the embedded editor on a free loopback port, where it can be on one that the profile had before: the browser keeps unsaved
 * editors by address.
 * @param options `folder` to open, `environment` added to the editor's, `onLine` for its log
 * @returns `{ address, child, ended }`, with the address that opens the folder
 */
export async function startEmbeddedEditor(editor, profile, options) {
  const { processes, folder, environment = {}, onLine = () => {} } = options;
  let settle = () => {};
  const listening = new Promise((resolve) => {
    settle = resolve;
  });
  const port = await choosePort(profile.portsPath);
  const { child, ended } = processes.start(
    editor.node,
    [editor.entry, ...profileArguments(profile), `--bind-addr=127.0.0.1:${port}`, ...serverArguments],
    {
      cwd: folder,
      env: editorEnvironment(environment),
      onLine: (line) => {
        onLine(line);
        const match = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line);
        if (match !== null) {
          settle(match[1]);
        }
      },
    },
  );
  const timer = setTimeout(settle, startMs);
  const origin = await Promise.race([listening, ended.then(() => undefined)]);
  clearTimeout(timer);
  if (origin === undefined) {
    await processes.end(child);
    const { lines } = await ended;
    throw new FriendlyError(`The embedded VS Code did not start:\n${lines.slice(-20).join("\n")}`);
  }
  rememberPort(profile.portsPath, Number(new URL(origin).port));
  return { address: `${origin}/?folder=${encodeURIComponent(folder).replaceAll("%2F", "/")}`, child, ended };
}

const serverArguments = [
  "--auth=none",
  "--disable-getting-started-override",
  "--disable-telemetry",
  "--disable-update-check",
  "--disable-workspace-trust",
];

function profileArguments({ userData, extensions, configPath }) {
  return [`--config=${configPath}`, `--user-data-dir=${userData}`, `--extensions-dir=${extensions}`];
}

/** The environment without what would make this editor talk to another one it is started from. */
function editorEnvironment(more) {
  const foreign = /^(VSCODE_|ELECTRON_|CODE_SERVER_|npm_|PORT$|PASSWORD$|HASHED_PASSWORD$|NODE_OPTIONS$)/;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(own), ...more };
}
