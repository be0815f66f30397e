import { createRng } from "../../../../src/base/rng.ts";

const rng = createRng(3);
const WORDS = ["const", "value", "= read(", "file);", "return", "if (", "}", "index", "+ 1", "// why", "await"];

/** Source of a kind, which a person might have written. */
export function sourceText(lineCount: number): string {
  return Array.from({ length: lineCount }, () => {
    const words = Array.from({ length: 1 + rng.nextInt(7) }, () => WORDS[rng.nextInt(WORDS.length)]!);
    return `${"  ".repeat(rng.nextInt(3))}${words.join(" ")} ${rng.nextInt(1000)}\n`;
  }).join("");
}
