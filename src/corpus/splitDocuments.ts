import { hashWord } from "./contentHash.ts";
import type { CorpusDocument } from "./corpus.ts";
import { utf8Length } from "../base/utf8.ts";

export interface Split {
  readonly training: readonly CorpusDocument[];
  readonly validation: readonly CorpusDocument[];
}

/**
 * Splits documents by file. A group of duplicates goes to validation when the hash of its first path falls below the
 * fraction: nothing but that path decides, so files that come and go move no others.
 *
 * Where that leaves validation far from the fraction (in small workspaces, mostly), groups move over in order of their
 * hashes until it is near. Where whole files cannot do it, because there is one only or one that outweighs all others,
 * the ends of the largest documents are held out instead: the beginning keeps the path, the end gets `TAIL_SUFFIX`.
 * Validation and training are both non-empty for any text of at least two characters.
 * @param documents in order of path
 * @param groups for each document the index of its duplicate group's first member
 * @param fraction in (0, 0.5]
 */
export function splitDocuments(
  documents: readonly CorpusDocument[],
  groups: readonly number[],
  fraction: number,
): Split {
  if (!(fraction > 0 && fraction <= 0.5)) {
    throw new RangeError(`Expected \`validationFraction\` to be in (0, 0.5], got ${String(fraction)}`);
  }
  const all = toGroups(documents, groups);
  const totalBytes = sumBytes(all);
  const isHeldOut = chooseGroups(all, totalBytes, fraction);
  const heldOutBytes = sumBytes(all.filter((group) => isHeldOut.has(group)));
  if (heldOutBytes >= totalBytes * fraction * MIN_SHARE && heldOutBytes <= maxBytes(totalBytes, fraction)) {
    const validation = new Set([...isHeldOut].flatMap((group) => group.documents));
    return {
      training: documents.filter((document) => !validation.has(document)),
      validation: documents.filter((document) => validation.has(document)),
    };
  }
  return splitLargest(documents, all, fraction);
}

/** What marks the path of a document's held-out end. */
export const TAIL_SUFFIX = "#end";

/** Validation below this share of what was asked for is too small to measure anything: 2 % where 10 % are asked for. */
const MIN_SHARE = 0.2;

/** Validation may reach this multiple of what was asked for, but never half of the corpus. */
const MAX_SHARE = 3;

function maxBytes(totalBytes: number, fraction: number): number {
  return totalBytes * Math.min(0.5, fraction * MAX_SHARE);
}

interface Group {
  readonly documents: readonly CorpusDocument[];
  readonly bytes: number;
  /** Uniform in [0, 1), from the first path. */
  readonly position: number;
}

function toGroups(documents: readonly CorpusDocument[], groups: readonly number[]): readonly Group[] {
  const members = new Map<number, CorpusDocument[]>();
  for (const [index, document] of documents.entries()) {
    const first = groups[index] ?? index;
    const known = members.get(first);
    if (known === undefined) {
      members.set(first, [document]);
    } else {
      known.push(document);
    }
  }
  return [...members.values()].map((group) => ({
    documents: group,
    bytes: group.reduce((bytes, document) => bytes + document.textBytes, 0),
    position: hashWord(group[0]?.path ?? "") / 0x1_0000_0000,
  }));
}

function chooseGroups(all: readonly Group[], totalBytes: number, fraction: number): Set<Group> {
  const ordered = [...all].sort((a, b) => a.position - b.position);
  const chosen = new Set(ordered.filter((group) => group.position < fraction));
  let bytes = sumBytes([...chosen]);
  for (const group of [...chosen].reverse()) {
    if (bytes > maxBytes(totalBytes, fraction)) {
      chosen.delete(group);
      bytes -= group.bytes;
    }
  }
  for (const group of ordered) {
    const isTooLittle = bytes < totalBytes * fraction * MIN_SHARE;
    if (isTooLittle && !chosen.has(group) && bytes + group.bytes <= maxBytes(totalBytes, fraction)) {
      chosen.add(group);
      bytes += group.bytes;
    }
  }
  return chosen;
}

/**
 * Holds out the end of the group with the longest document. Its duplicates are cut at the same place, so that what is
 * held out of one is not learned from another.
 */
function splitLargest(documents: readonly CorpusDocument[], all: readonly Group[], fraction: number): Split {
  const largest = [...all].sort((a, b) => b.bytes - a.bytes || a.position - b.position)[0];
  const isCut = new Set(largest?.documents ?? []);
  const training: CorpusDocument[] = [];
  const validation: CorpusDocument[] = [];
  for (const document of documents) {
    if (!isCut.has(document)) {
      training.push(document);
      continue;
    }
    const cut = cutOffset(document.text, fraction);
    for (const [part, side, suffix] of [
      [document.text.slice(0, cut), training, ""],
      [document.text.slice(cut), validation, TAIL_SUFFIX],
    ] as const) {
      if (part !== "") {
        side.push({ ...document, path: document.path + suffix, text: part, textBytes: utf8Length(part) });
      }
    }
  }
  return { training, validation };
}

/**
 * Where the last `fraction` of a text begins: at a line's beginning if one is near, else between two characters.
 * @param fraction in (0, 0.5]
 * @returns in UTF-16 units, from 1 to the length of the text; at that length nothing is left behind it
 */
export function cutOffset(text: string, fraction: number): number {
  const wanted = Math.max(1, Math.round(text.length * (1 - fraction)));
  const before = text.lastIndexOf("\n", wanted - 1) + 1;
  const after = text.indexOf("\n", wanted) + 1;
  const reach = (text.length * fraction) / 2;
  for (const line of [before, after]) {
    if (line > 0 && line < text.length && Math.abs(line - wanted) <= reach) {
      return line;
    }
  }
  const isInsidePair = /[\uDC00-\uDFFF]/.test(text[wanted] ?? "") && /[\uD800-\uDBFF]/.test(text[wanted - 1] ?? "");
  const cut = isInsidePair ? wanted - 1 : wanted;
  return cut === 0 ? wanted + 1 : cut;
}

function sumBytes(groups: readonly Group[]): number {
  return groups.reduce((bytes, group) => bytes + group.bytes, 0);
}
