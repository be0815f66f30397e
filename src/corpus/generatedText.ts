/**
 * Whether a file's name alone says that a tool wrote it: lock files, minified code, source maps, test snapshots, and the
 * outputs of well-known code generators. Most names are from the list of GitHub's linguist (generated.rb).
 */
export function isGeneratedName(name: string): boolean {
  return GENERATED_NAMES.has(name.toLowerCase()) || GENERATED_NAME_PATTERN.test(name);
}

/**
 * Whether a text looks as if a tool wrote it: lines that are long and dense as a minifier leaves them, or, in large
 * files only (small ones cost little and may be worth learning), a generator's notice, tables of numbers and data formats.
 * @param name of the file, with its ending
 */
export function isGeneratedText(name: string, text: string): boolean {
  if (isMinified(text)) {
    return true;
  }
  if (text.length < LARGE_TEXT_LENGTH) {
    return false;
  }
  const hasNotice = !PROSE_NAME_PATTERN.test(name) && GENERATED_NOTICE.test(text.slice(0, NOTICE_LENGTH));
  return hasNotice || DATA_NAME_PATTERN.test(name) || isMostlyFigures(text);
}

/** In UTF-16 units. Hand-written source files longer than this are rare, and even those hold a notice in their head. */
const LARGE_TEXT_LENGTH = 100_000;

/** In UTF-16 units: how far into a file its generator's notice may stand, after a licence for instance. */
const NOTICE_LENGTH = 4_000;

const GENERATED_NOTICE =
  /@generated\b|\bdo not (?:edit|modify)\b|\b(?:auto-?|automatically )generated\b|\bgenerated (?:by|from|code|file)\b/i;

/** Prose speaks of generated files without being one. */
const PROSE_NAME_PATTERN = /\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt|tex|org|textile)$/i;

const DATA_NAME_PATTERN =
  /\.(?:json[l5]?|ndjson|geojson|topojson|csv|tsv|psv|svg|ipynb|log|har|sarif|arff|vcd|gcode|hex|srec|obj|stl|ply|gltf|pdb|dat|dump|pbxproj|xlf|po|pot|ts\.snap)$/i;

const GENERATED_NAMES: ReadonlySet<string> = new Set([
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "deno.lock",
  "composer.lock",
  "gemfile.lock",
  "cargo.lock",
  "poetry.lock",
  "pdm.lock",
  "pipfile.lock",
  "uv.lock",
  "pixi.lock",
  "conda-lock.yml",
  "flake.lock",
  "mix.lock",
  "pubspec.lock",
  "podfile.lock",
  "package.resolved",
  "packages.lock.json",
  "paket.lock",
  "gradle.lockfile",
  "cabal.project.freeze",
  "stack.yaml.lock",
  "go.sum",
  "go.work.sum",
  "glide.lock",
  "gopkg.lock",
  ".terraform.lock.hcl",
  "module.bazel.lock",
  ".pnp.js",
]);

const GENERATED_NAME_PATTERN = new RegExp(
  [
    String.raw`[.-]min\.(?:js|mjs|cjs|css|html|json|svg)$`,
    String.raw`\.(?:js|mjs|cjs|css|ts)\.map$`,
    String.raw`\.bundle\.(?:js|css)$`,
    String.raw`\.snap$`,
    String.raw`\.tsbuildinfo$`,
    String.raw`\.pb\.(?:go|cc|h|swift|rb)$`,
    String.raw`_pb2?(?:_grpc)?\.(?:py|pyi|js|rb)$`,
    String.raw`_pb\.d\.ts$`,
    String.raw`\.(?:g|freezed|gr|mocks)\.dart$`,
    String.raw`\.(?:g|g\.i|designer)\.(?:cs|vb)$`,
    String.raw`\.nib$|\.xcworkspacedata$|\.xcuserstate$`,
  ].join("|"),
  "i",
);

/** In UTF-16 units. jQuery's longest line has 120, minified jQuery's are over 30,000. */
const LONG_LINE_LENGTH = 500;

/**
 * More than half of the text in lines that are longer than anybody writes, and dense: prose kept one paragraph to a line
 * has a space every six letters, Chinese and Japanese have none but are not ASCII; minified code, packed data and encoded
 * blobs have neither.
 */
function isMinified(text: string): boolean {
  let longLength = 0;
  let spaceCount = 0;
  let foreignCount = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (end - start >= LONG_LINE_LENGTH) {
      longLength += end - start;
      for (let i = start; i < end; i++) {
        const unit = text.charCodeAt(i);
        spaceCount += unit === 32 || unit === 9 ? 1 : 0;
        foreignCount += unit > 127 ? 1 : 0;
      }
    }
    start = end + 1;
  }
  return longLength > text.length / 2 && spaceCount < longLength * 0.1 && foreignCount < longLength * 0.2;
}

/** Fewer letters than figures and signs, among the characters that are not spaces. */
function isMostlyFigures(text: string): boolean {
  let letterCount = 0;
  let spaceCount = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const lower = unit | 32;
    letterCount += (lower >= 97 && lower <= 122) || unit > 127 ? 1 : 0;
    spaceCount += unit <= 32 ? 1 : 0;
  }
  return letterCount < (text.length - spaceCount) * 0.4;
}
