import type { FileReader } from "../base/ports.ts";
import { isBinaryName } from "./binaryNames.ts";
import type { CorpusDocument, CorpusSettings, ExclusionReason } from "./corpus.ts";
import { decodeText, looksBinary, normalizeLineEnds, SAMPLE_BYTES } from "./decodeText.ts";
import { isGeneratedName, isGeneratedText } from "./generatedText.ts";
import type { Candidate } from "./listCandidates.ts";
import { hasRegistryCredentials, isSecretFile } from "./secretFiles.ts";
import { redactSecrets } from "./secrets.ts";
import { utf8Length } from "../base/utf8.ts";

/** A candidate that is worth reading, with what its directory entry says. */
export interface ReadableCandidate extends Candidate {
  readonly sizeBytes: number;
  /** `undefined` where the file is not on the disk yet. */
  readonly modifiedEpochMs: number | undefined;
}

export type Examined =
  | { readonly kind: "readable"; readonly candidate: ReadableCandidate }
  | { readonly kind: "excluded"; readonly reason: ExclusionReason };

/** What can be said about a candidate without reading it. */
export async function examineCandidate(
  candidate: Candidate,
  reader: FileReader,
  settings: CorpusSettings,
): Promise<Examined> {
  const isLink = candidate.realPath !== candidate.path;
  const judged = isLink ? [candidate.documentPath, candidate.realPath] : [candidate.documentPath];
  const names = judged.map(lastSegment);
  if (judged.some(isSecretFile)) {
    return { kind: "excluded", reason: "secretFile" };
  }
  if (names.some(isGeneratedName)) {
    return { kind: "excluded", reason: "generated" };
  }
  if (names.some(isBinaryName)) {
    return { kind: "excluded", reason: "binary" };
  }
  const stat = await reader.stat(candidate.path).catch(() => undefined);
  if (candidate.unsavedText === undefined && stat?.kind !== "file") {
    return { kind: "excluded", reason: "unreadable" };
  }
  const sizeBytes = candidate.unsavedText === undefined ? (stat?.sizeBytes ?? 0) : utf8Length(candidate.unsavedText);
  if (sizeBytes === 0) {
    return { kind: "excluded", reason: "empty" };
  }
  if (sizeBytes > settings.maxFileBytes) {
    return { kind: "excluded", reason: "tooLarge" };
  }
  return { kind: "readable", candidate: { ...candidate, sizeBytes, modifiedEpochMs: stat?.modifiedEpochMs } };
}

export type ReadDocument =
  | { readonly kind: "document"; readonly document: CorpusDocument; readonly redactedCount: number }
  | { readonly kind: "excluded"; readonly reason: ExclusionReason };

/**
 * The document a candidate holds, without secrets, or why there is none.
 * @param unsavedEpochMs when a text that is not on the disk was changed last
 */
export async function readDocument(
  candidate: ReadableCandidate,
  reader: FileReader,
  unsavedEpochMs: number,
): Promise<ReadDocument> {
  const read = await readText(candidate, reader);
  if (read.kind === "excluded") {
    return read;
  }
  const name = lastSegment(candidate.documentPath);
  if (read.text.trim() === "") {
    return { kind: "excluded", reason: "empty" };
  }
  if (isGeneratedText(name, read.text)) {
    return { kind: "excluded", reason: "generated" };
  }
  if (hasRegistryCredentials(name, read.text)) {
    return { kind: "excluded", reason: "secretFile" };
  }
  const redacted = redactSecrets(read.text);
  if (redacted.isSecretStore || redacted.text.trim() === "") {
    return { kind: "excluded", reason: "secretContent" };
  }
  const document: CorpusDocument = {
    path: candidate.documentPath,
    text: redacted.text,
    textBytes: utf8Length(redacted.text),
    modifiedEpochMs:
      candidate.unsavedText === undefined ? (candidate.modifiedEpochMs ?? unsavedEpochMs) : unsavedEpochMs,
  };
  return { kind: "document", document, redactedCount: redacted.redactedCount };
}

type ReadText =
  { readonly kind: "text"; readonly text: string } | { readonly kind: "excluded"; readonly reason: ExclusionReason };

/** Files larger than this are looked into before they are read whole: most that turn out binary need not be. */
const PEEK_ABOVE_BYTES = 64 * 1024;

async function readText(candidate: ReadableCandidate, reader: FileReader): Promise<ReadText> {
  if (candidate.unsavedText !== undefined) {
    return { kind: "text", text: normalizeLineEnds(candidate.unsavedText.replace(/^\uFEFF/, "")) };
  }
  try {
    if (candidate.sizeBytes > PEEK_ABOVE_BYTES && looksBinary(await reader.readFile(candidate.path, SAMPLE_BYTES))) {
      return { kind: "excluded", reason: "binary" };
    }
    // A file that has grown meanwhile is read up to the size it was judged by.
    const decoded = decodeText(await reader.readFile(candidate.path, candidate.sizeBytes));
    return decoded.kind === "text" ? decoded : { kind: "excluded", reason: "binary" };
  } catch {
    return { kind: "excluded", reason: "unreadable" };
  }
}

function lastSegment(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
