import { ASSIGNED_SECRET_RULES, ISSUED_SECRET_RULES, type SecretRule } from "./secretRules.ts";

/** A stretch of text that looks like a key, token or password. */
export interface SecretFinding {
  /** The kind, such as `githubToken`. */
  readonly rule: string;
  /** UTF-16 offset of its first unit. */
  readonly start: number;
  /** UTF-16 offset behind its last unit. */
  readonly end: number;
}

/** A text without its secrets. */
export interface RedactedText {
  readonly text: string;
  readonly redactedCount: number;
  /** True where the text is so full of secrets that more must be expected: it should not be used at all. */
  readonly isSecretStore: boolean;
}

/**
 * The secrets in a text, in order, without overlaps. It finds what has the form an issuer gave it, and strings that look
 * random where a password, key or token is assigned; weak passwords made of words pass, for nothing tells them from the
 * rest of the text.
 */
export function findSecrets(text: string): readonly SecretFinding[] {
  const found: SecretFinding[] = [];
  for (const rule of ISSUED_SECRET_RULES) {
    found.push(...matchesOf(text, rule, (secret) => isKeyBlock(rule) || !isPlaceholder(secret)));
  }
  for (const rule of ASSIGNED_SECRET_RULES) {
    found.push(...matchesOf(text, rule, looksRandom));
  }
  return withoutOverlaps(found);
}

/**
 * The text without the lines in which secrets stand.
 *
 * Why lines, and not the whole file: one hard-coded key must not cost a project its largest source file, and a false
 * alarm then costs a line. Why not a placeholder in the secret's stead: the model would learn to suggest the placeholder.
 * A text with many secrets, or a good part of which is taken up by them, is a store of them and is best left
 * out whole: among the rest there will be some in a form nobody knows.
 */
export function redactSecrets(text: string): RedactedText {
  const findings = findSecrets(text);
  let kept = "";
  let from = 0;
  for (const finding of findings) {
    const lineStart = text.lastIndexOf("\n", finding.start - 1) + 1;
    const newline = text.indexOf("\n", finding.end);
    kept += text.slice(from, Math.max(from, lineStart));
    from = Math.max(from, newline < 0 ? text.length : newline + 1);
  }
  const distinct = new Set(findings.map((finding) => text.slice(finding.start, finding.end)));
  const keptText = kept + text.slice(from);
  return {
    text: keptText,
    redactedCount: findings.length,
    isSecretStore: distinct.size > MAX_SECRETS_PER_TEXT || keptText.length < text.length * (1 - MAX_SECRET_SHARE),
  };
}

/** More make a text a store of secrets. Different ones: documentation shows the same sample key over and over. */
export const MAX_SECRETS_PER_TEXT = 10;

/** Of the text, by length, in lines with secrets. */
const MAX_SECRET_SHARE = 0.25;

function matchesOf(text: string, rule: SecretRule, isSecret: (secret: string) => boolean): readonly SecretFinding[] {
  if (rule.keywords.length > 0 && !rule.keywords.some((keyword) => text.includes(keyword))) {
    return [];
  }
  const found: SecretFinding[] = [];
  for (const match of text.matchAll(rule.pattern)) {
    const secret = match[1] ?? match[0];
    if (isSecret(secret)) {
      const start = match.index + match[0].lastIndexOf(secret);
      found.push({ rule: rule.name, start, end: start + secret.length });
    }
  }
  return found;
}

function withoutOverlaps(findings: readonly SecretFinding[]): readonly SecretFinding[] {
  const ordered = [...findings].sort((a, b) => a.start - b.start || b.end - a.end);
  let end = -1;
  return ordered.filter((finding) => {
    const isNew = finding.start >= end;
    end = Math.max(end, finding.end);
    return isNew;
  });
}

/** Blocks that hold a whole key between markers: long enough to contain anything, also what a placeholder contains. */
function isKeyBlock(rule: SecretRule): boolean {
  return rule.name === "privateKey" || rule.name === "puttyKey";
}

const PLACEHOLDER =
  /example|sample|dummy|placeholder|change_?me|redacted|your[-_]?|insert|x{5,}|0{6,}|\*{3,}|\.{3}|\u2026|12345678|87654321|abcdefgh|deadbeef|foo_?bar|lorem|<[^>]+>|\$\{|\{\{|%s|%\(/i;

function isPlaceholder(value: string): boolean {
  // Eight times the same character, or the whole made of very few, is nobody's key.
  return PLACEHOLDER.test(value) || /(.)\1{7}/.test(value) || new Set(value).size < 6;
}

/**
 * Whether a string seems to have been drawn by chance rather than written by a person: letters and digits mixed, no
 * words, and as much entropy as random strings of its length have.
 */
export function looksRandom(value: string): boolean {
  if (isPlaceholder(value) || CODE_SHAPES.test(value)) {
    return false;
  }
  const count = (pattern: RegExp): number => value.match(pattern)?.length ?? 0;
  const digitCount = count(/\d/g);
  if (/^[0-9a-f-]+$/i.test(value)) {
    return digitCount >= 2 && count(/[a-f]/gi) >= 2 && entropyBits(value) >= 2.8;
  }
  const isMixed = digitCount >= 2 || (digitCount === 1 && count(/[A-Z]/g) >= 2 && count(/[a-z]/g) >= 2);
  return isMixed && count(/[A-Za-z]/g) >= 2 && wordShare(value) < MAX_WORD_SHARE && entropyBits(value) >= 3.1;
}

/** Calls, member accesses, names, paths, addresses, versions and dates: what stands on the right of `token =` in code. */
const CODE_SHAPES =
  /^(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$|\.{0,2}\/|[\w+.-]+:\/\/|urn:|[A-Z]+\d*(?:_[A-Z\d]+)+$|[a-z]+\d{0,4}[a-z]{0,3}(?:[_-][a-z]*\d{0,4})+$|[\w.-]+@[\w.-]+\.\w+$|\d+(?:\.\d+)+|\d{4}-\d\d-\d\d)|[()[\]<>{}|\\]|=>|::/;

/** Of random strings of 20 characters and more, hardly any reach it; of names made of words and a number, all do. */
const MAX_WORD_SHARE = 0.3;

/** How much of a string is taken up by runs of letters in which vowels and consonants alternate as in words. */
function wordShare(value: string): number {
  let wordLength = 0;
  for (const [run] of value.matchAll(/[A-Z]?[a-z]{5,}|[A-Z]{6,}/g)) {
    const share = (run.match(/[aeiouy]/gi)?.length ?? 0) / run.length;
    if (share >= 0.25 && share <= 0.65 && !/[bcdfghjklmnpqrstvwxz]{4}/i.test(run)) {
      wordLength += run.length;
    }
  }
  return wordLength / value.length;
}

/** Shannon entropy of the distribution of characters, bits per character. */
function entropyBits(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / value.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
