import ignore, { type Ignore } from "ignore";
import type { FileKind } from "../base/ports.ts";
import type { CaseRule } from "./platformPaths.ts";

/**
 * What git ignores in one directory. Immutable; a walk derives the rules of a directory from those of its parent.
 *
 * All rules of the directories above live in one list whose patterns are anchored where they were written, so that the
 * last one that matches decides, as in git. One list for each `.gitignore` file would not do: a deeper file may take
 * back what a shallower one ignores, and then nothing below may be ignored for the sake of that rule.
 */
export class GitignoreRules {
  readonly #ignore: Ignore;
  readonly #prefix: string;
  readonly #caseRule: CaseRule;

  private constructor(rules: Ignore, prefix: string, caseRule: CaseRule) {
    this.#ignore = rules;
    this.#prefix = prefix;
    this.#caseRule = caseRule;
  }

  /** No rules, at the top directory of a repository or a workspace folder. */
  public static none(caseRule: CaseRule): GitignoreRules {
    return new GitignoreRules(emptyRules(caseRule), "", caseRule);
  }

  /** These rules followed by the lines of an ignore file of this directory. */
  public withFile(text: string): GitignoreRules {
    const lines = toByteString(text.replace(/^\uFEFF/, ""))
      .split("\n")
      .map((line) => anchorPattern(line.replace(/\r$/, ""), this.#prefix))
      .filter((line) => line !== undefined);
    const rules = emptyRules(this.#caseRule).add(this.#ignore).add(lines);
    return new GitignoreRules(rules, this.#prefix, this.#caseRule);
  }

  /** The rules as they apply one directory further down. */
  public enter(name: string): GitignoreRules {
    return new GitignoreRules(this.#ignore, `${this.#prefix}${toByteString(name)}/`, this.#caseRule);
  }

  /** Whether git would leave out this entry of the directory. */
  public isIgnored(name: string, kind: FileKind): boolean {
    return this.#ignore.ignores(`${this.#prefix}${toByteString(name)}${kind === "directory" ? "/" : ""}`);
  }

  /** Whether the directory itself is ignored by the rules from above. */
  public isInsideIgnored(): boolean {
    return this.#prefix !== "" && this.#ignore.ignores(this.#prefix);
  }
}

function emptyRules({ isCaseSensitive }: CaseRule): Ignore {
  return ignore({ ignorecase: !isCaseSensitive });
}

/**
 * A string with a character for each byte of the text's UTF-8: git compares bytes, and `?` or
 * `[!a]` stands for one of them.
 */
function toByteString(text: string): string {
  // eslint-disable-next-line no-control-regex -- the range of ASCII begins with control characters
  return /^[\u0000-\u007F]*$/.test(text)
    ? text
    : Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/**
 * The pattern that means at the top what `line` means in the directory `prefix`, or `undefined` for a line that matches
 * nothing.
 */
function anchorPattern(line: string, prefix: string): string | undefined {
  const trimmed = trimTrailingSpaces(line);
  if (trimmed === "" || trimmed.startsWith("#")) {
    return undefined;
  }
  if (prefix === "") {
    return trimmed;
  }
  const isNegative = trimmed.startsWith("!");
  const body = isNegative ? trimmed.slice(1) : trimmed;
  if (body === "" || body === "/") {
    return undefined;
  }
  // A slash anywhere but at the end ties a pattern to its own directory; others match at any depth below it.
  const isTied = body.slice(0, -1).includes("/");
  const below = isTied ? body.replace(/^\//, "") : `**/${body}`;
  const directory = prefix.replace(/[\\*?[\]]/g, "\\$&");
  return `${isNegative ? "!" : ""}/${directory}${below}`;
}

/** Git drops spaces at the end of a line unless a backslash quotes them. */
function trimTrailingSpaces(line: string): string {
  const trimmed = line.replace(/ +$/, "");
  const backslashCount = /\\*$/.exec(trimmed)?.[0].length ?? 0;
  return trimmed.length < line.length && backslashCount % 2 === 1 ? `${trimmed} ` : trimmed;
}
