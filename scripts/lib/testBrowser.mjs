import { chmodSync, createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { FriendlyError } from "./friendlyError.mjs";
import { installOnce } from "./installOnce.mjs";
import { installPackages } from "./npm.mjs";

const browserVersion = "153.0.0";
const fontsVersion = "2.37.3";

/**
 * Installs a headless Chromium into the cache, once, with the libraries and fonts that a bare Linux lacks.
 * @returns `{ isNew, executablePath, environment }`: start it with these variables added
 */
export async function installTestBrowser(cache, processes, note = () => {}) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new FriendlyError(
      `The test browser runs on Linux x64 only, and this is ${process.platform} (${process.arch}).`,
    );
  }
  const target = join(cache, "browser", `chromium-${browserVersion}-linux-x64`);
  const isNew = await installOnce(target, processes, async (staging) => {
    note(`npm installs @sparticuz/chromium ${browserVersion}`);
    await installPackages(processes, staging, [
      `@sparticuz/chromium@${browserVersion}`,
      `dejavu-fonts-ttf@${fontsVersion}`,
    ]);
    note("unpacking");
    await unpack(staging, processes);
  });
  return {
    isNew,
    executablePath: join(target, "chromium"),
    environment: {
      // The package's own libraries come last: what the system has is newer.
      LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, ...systemLibraries, join(target, "lib")].filter(Boolean).join(":"),
      FONTCONFIG_FILE: writeFontConfiguration(target),
    },
  };
}

const systemLibraries = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"];

/** The package carries its parts compressed with Brotli: the program, and archives of libraries and fonts. */
async function unpack(staging, processes) {
  const packed = join(staging, "node_modules/@sparticuz/chromium/bin");
  for (const name of readdirSync(packed).filter((entry) => entry.endsWith(".br"))) {
    const unpacked = join(staging, name.slice(0, -".br".length));
    await pipeline(createReadStream(join(packed, name)), createBrotliDecompress(), createWriteStream(unpacked));
    if (unpacked.endsWith(".tar")) {
      await processes.run("tar", ["-xf", unpacked, "-C", staging]);
      rmSync(unpacked);
    }
  }
  rmSync(packed, { recursive: true });
  chmodSync(join(staging, "chromium"), 0o755);
}

function writeFontConfiguration(target) {
  const path = join(target, "inkling-fonts.conf");
  const fontCache = join(target, "font-cache");
  mkdirSync(fontCache, { recursive: true });
  const folders = [join(target, "node_modules/dejavu-fonts-ttf/ttf"), join(target, "fonts")];
  writeFileSync(
    path,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${folders.map((folder) => `  <dir>${folder}</dir>`).join("\n")}
  <cachedir>${fontCache}</cachedir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
`,
  );
  return path;
}
