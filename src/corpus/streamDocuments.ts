import { compareText } from "../base/compareText.ts";
import { type CollectCorpusOptions, READ_CONCURRENCY } from "./collectDocuments.ts";
import { hashWord } from "./contentHash.ts";
import type { CorpusDocument, ExclusionReason } from "./corpus.ts";
import { listCandidates } from "./listCandidates.ts";
import { mapBounded } from "./mapBounded.ts";
import { createPlatformPaths } from "./platformPaths.ts";
import { examineCandidate, type ReadableCandidate, readDocument } from "./readDocument.ts";

/** A file as it was read: its document, or null and the reason where its contents leave it out. */
export interface StreamedFile {
  readonly candidate: ReadableCandidate;
  readonly document: CorpusDocument | null;
  readonly exclusion: ExclusionReason | null;
}

/**
 * The files of all folders that are worth reading, by the same rules as `collectDocuments`, and in order of path. Where not all have
 * room, the hashes of their paths decide; here by the sizes of the files, since nothing is read yet.
 */
export async function listReadable(options: CollectCorpusOptions): Promise<readonly ReadableCandidate[]> {
  const { reader, settings, signal, isCaseSensitive = true, globalIgnoreFile } = options;
  const candidates = await listCandidates({
    ...options,
    paths: createPlatformPaths(reader, { isCaseSensitive }),
    isCaseSensitive,
    globalIgnoreFile,
    onDidList: (fileCount) => options.onProgress?.({ phase: "listing", fileCount }),
    onDidExclude: () => undefined,
  });
  const examined = await mapBounded(candidates, READ_CONCURRENCY, async (candidate) =>
    signal.aborted ? undefined : examineCandidate(candidate, reader, settings),
  );
  const readable = examined.flatMap((item) => (item?.kind === "readable" ? [item.candidate] : []));
  const byPath = readable.sort((a, b) => compareText(a.documentPath, b.documentPath));
  return withinCap(byPath, settings.maxCorpusBytes);
}

/** Reads files in the order given, some at a time; those that cannot be read or are left out by their contents have no document. */
export async function* streamDocuments(
  candidates: readonly ReadableCandidate[],
  { reader, signal }: Pick<CollectCorpusOptions, "reader" | "signal">,
): AsyncGenerator<readonly StreamedFile[]> {
  for (let done = 0; done < candidates.length && !signal.aborted; done += READ_CONCURRENCY) {
    const block = candidates.slice(done, done + READ_CONCURRENCY);
    yield await Promise.all(
      block.map(async (candidate) => {
        const read = await readDocument(candidate, reader, candidate.modifiedEpochMs ?? 0);
        return read.kind === "document"
          ? { candidate, document: read.document, exclusion: null }
          : { candidate, document: null, exclusion: read.reason };
      }),
    );
  }
}

function withinCap(byPath: readonly ReadableCandidate[], maxBytes: number): readonly ReadableCandidate[] {
  if (byPath.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0) <= maxBytes) {
    return byPath;
  }
  let takenBytes = 0;
  const taken = new Set<ReadableCandidate>();
  for (const candidate of [...byPath].sort((a, b) => hashWord(a.documentPath) - hashWord(b.documentPath))) {
    takenBytes += candidate.sizeBytes;
    if (takenBytes > maxBytes) {
      break;
    }
    taken.add(candidate);
  }
  return byPath.filter((candidate) => taken.has(candidate));
}
