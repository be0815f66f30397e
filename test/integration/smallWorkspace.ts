import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "../../src/base/rng.ts";

const NAMES = ["count", "total", "index", "value", "first", "last", "left", "right"];

/** A folder for a test with a small workspace in it, the same text every time. */
export interface SmallWorkspace {
  /** Absolute; holds `workspace` and whatever the test puts beside it. */
  readonly root: string;
  readonly workspace: string;
  remove(): Promise<void>;
}

export async function createSmallWorkspace(): Promise<SmallWorkspace> {
  const root = await mkdtemp(join(tmpdir(), "inkling-small-"));
  const workspace = join(root, "workspace");
  await mkdir(workspace);
  for (let file = 0; file < 24; file++) {
    await writeFile(join(workspace, `module${file}.js`), sourceText(file));
  }
  return { root, workspace, remove: () => rm(root, { recursive: true, force: true }) };
}

/** Repetitive code that differs from file to file. */
export function sourceText(seed: number): string {
  const rng = createRng(seed + 1);
  const name = (): string => NAMES[rng.nextInt(NAMES.length)] ?? "value";
  const lines = Array.from({ length: 30 }, () => {
    const [result, left, right] = [name(), name(), name()];
    return `function ${result}Of(${left}, ${right}) {\n  const ${result} = ${left} + ${right} * ${rng.nextInt(100)};\n  return ${result};\n}\n`;
  });
  return lines.join("\n");
}
