import { writeFileSync } from "node:fs";
import { join } from "node:path";

const isWindows = process.platform === "win32";
const quietly = ["--no-audit", "--no-fund", "--ignore-scripts", "--engine-strict=false"];

/** Runs npm in a folder; npm's own index, proxy and cache settings apply. */
export async function runNpm(processes, folder, args) {
  const env = { ...process.env };
  // `npm run` tells its scripts where its own project is; a nested npm has another one.
  delete env.npm_config_local_prefix;
  delete env.npm_config_prefix;
  const command = isWindows ? "npm.cmd" : "npm";
  return processes.run(command, args, { cwd: folder, env });
}

/** Installs packages, given as `name@version`, into a folder of their own. */
export async function installPackages(processes, folder, packages) {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  await runNpm(processes, folder, ["install", ...quietly, ...packages]);
}

/** Installs what the package.json of a folder names, without its development packages. */
export async function installDependencies(processes, folder) {
  await runNpm(processes, folder, ["install", "--omit=dev", ...quietly]);
}

/** Installs a checkout's packages exactly as package-lock.json says. */
export async function cleanInstall(processes, folder) {
  await runNpm(processes, folder, ["ci", "--include=dev", ...quietly]);
}
