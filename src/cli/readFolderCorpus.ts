import { basename } from "node:path";
import { LmError } from "../base/errors.ts";
import { collectCorpus } from "../corpus/collectCorpus.ts";
import { type Corpus, DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import type { CommandContext } from "./commandContext.ts";

/** The files of a folder as `train` has them by default, the same ones held out. Throws `LmError` where there is nothing to learn or the user stops it. */
export async function readFolderCorpus(path: string, { files, signal }: CommandContext): Promise<Corpus> {
  const result = await collectCorpus({
    // The name that `train` gives the folder, so that the same files are held out.
    folders: [{ path, name: basename(path) || "root" }],
    unsaved: [],
    settings: DEFAULT_CORPUS_SETTINGS,
    reader: files,
    signal,
    globalIgnoreFile: await findGlobalGitignore(),
  });
  switch (result.kind) {
    case "corpus":
      return result.corpus;
    case "empty":
      throw new LmError("noDocuments", result.reason);
    case "cancelled":
      throw new LmError("cancelled", "The measurement was cancelled.");
  }
}
