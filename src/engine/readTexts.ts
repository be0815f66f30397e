import { LmError } from "../base/errors.ts";
import { collectDocuments } from "../corpus/collectDocuments.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { decodeText } from "../corpus/decodeText.ts";
import type { JobContext } from "./jobContext.ts";
import { collectOptions } from "./readWorkspace.ts";

/**
 * Texts of files and, for folders, of all documents in them that training would take, by their real paths; each file once. Throws `LmError` where one cannot be
 * read.
 */
export async function readTexts(paths: readonly string[], context: JobContext): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const stat = await context.files.stat(path);
    if (stat === undefined) {
      throw new LmError("fileUnreadable", `${path} does not exist; name files or folders to evaluate on.`);
    }
    if (stat.kind !== "file" && stat.kind !== "directory") {
      throw new LmError(
        "fileUnreadable",
        `${path} is neither a file nor a folder; name files or folders to evaluate on.`,
      );
    }
    const found =
      stat.kind === "directory" ? await readFolder(path, context) : [[path, await readFile(path, context)] as const];
    for (const [file, text] of found) {
      texts.set((await context.files.realPath(file)) ?? file, text);
    }
  }
  return texts;
}

/** Path and text of every document in a folder. */
async function readFolder(path: string, context: JobContext): Promise<readonly (readonly [string, string])[]> {
  const folders = [{ path, name: "folder" }];
  const options = await collectOptions({ folders, unsaved: [], corpus: DEFAULT_CORPUS_SETTINGS }, context);
  const collected = await collectDocuments(options);
  if (collected.kind === "cancelled") {
    throw new LmError("cancelled", "The evaluation was cancelled.");
  }
  if (collected.documents.length === 0) {
    throw new LmError("noDocuments", `${path} holds no text to evaluate on; name files or another folder.`);
  }
  return collected.documents.map((document) => {
    const [, ...segments] = document.path.split("/");
    return [context.files.join(path, ...segments), document.text] as const;
  });
}

async function readFile(path: string, { files }: JobContext): Promise<string> {
  const decoded = decodeText(await files.readFile(path));
  if (decoded.kind === "binary") {
    throw new LmError("fileUnreadable", `${path} is not a text file; name texts to evaluate on.`);
  }
  return decoded.text;
}
