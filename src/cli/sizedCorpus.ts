import { basename } from "node:path";
import { LmError } from "../base/errors.ts";
import { readableFigure } from "../base/readableNumbers.ts";
import { type CorpusDocument, DEFAULT_CORPUS_SETTINGS, type WorkspaceFolder } from "../corpus/corpus.ts";
import type { ReadableCandidate } from "../corpus/readDocument.ts";
import { listReadable, streamDocuments } from "../corpus/streamDocuments.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import type { CommandContext } from "./commandContext.ts";

/** One in so many files is held out for questions, up to a number that is plenty. */
const HELD_OUT_STRIDE = 50;
const MAX_HELD_OUT = 60;

/**
 * Documents of some folders, `size` million bytes of them, and texts of some others to ask about. Throws `LmError` where there are not so many.
 */
export async function readSizedCorpus(
  folders: readonly WorkspaceFolder[],
  size: number,
  context: CommandContext,
): Promise<{ readonly documents: readonly CorpusDocument[]; readonly heldOut: readonly string[] }> {
  const { files: reader, signal } = context;
  const listed = await listReadable({
    folders,
    unsaved: [],
    settings: { ...DEFAULT_CORPUS_SETTINGS, maxCorpusBytes: Number.MAX_SAFE_INTEGER },
    reader,
    signal,
    globalIgnoreFile: await findGlobalGitignore(),
  });
  const documents: CorpusDocument[] = [];
  const heldOut: string[] = [];
  let bytes = 0;
  for await (const block of streamDocuments(shuffled(listed), { reader, signal })) {
    for (const { document } of block) {
      if (document !== null && heldOut.length < MAX_HELD_OUT && documents.length > heldOut.length * HELD_OUT_STRIDE) {
        heldOut.push(document.text);
      } else if (document !== null) {
        documents.push(document);
        bytes += document.textBytes;
      }
    }
    if (bytes >= size * 1e6) {
      return { documents, heldOut };
    }
  }
  if (signal.aborted) {
    throw new LmError("cancelled", "The measurement was cancelled.");
  }
  const held = `${readableFigure(bytes / 1e6)} million bytes of text`;
  throw new LmError("noDocuments", `The folders hold ${held}, and ${size} are to be counted; name more folders.`);
}

/** Folders by what the user wrote, each under a name of its own. */
export function foldersOf(paths: readonly string[], { resolvePath }: CommandContext): readonly WorkspaceFolder[] {
  return paths.map((given, index) => {
    const path = resolvePath(given);
    return { path, name: `${index} ${basename(path)}` };
  });
}

/** In an order that has nothing to do with folders and is the same each time. */
function shuffled(candidates: readonly ReadableCandidate[]): readonly ReadableCandidate[] {
  const rankOf = (index: number): number => Math.imul(index + 1, 0x9e37_79b1) >>> 0;
  return candidates
    .map((candidate, index) => ({ candidate, rank: rankOf(index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ candidate }) => candidate);
}
