import { LmError } from "../../base/errors.ts";
import { decodeText } from "../../corpus/decodeText.ts";
import type { CompareJob, CompareSource } from "../../protocol/compareMessages.ts";
import type { JobContext } from "../jobContext.ts";
import { readWorkspace } from "../readWorkspace.ts";
import { splitCorpus } from "./splitCorpus.ts";
import type { RawText } from "./splitText.ts";

/** The texts of a comparison. Throws `LmError` where a file cannot be read, or it was cancelled meanwhile. */
export async function readSplitText({ source }: CompareJob, context: JobContext): Promise<RawText> {
  if (source.kind === "folder") {
    return readFolder(source, context);
  }
  const [training, validation, test] = await Promise.all(
    [source.train, source.valid, source.test].map((path) => readLines(path, context)),
  );
  return { isContinuous: true, training: training ?? [], validation: validation ?? [], test: test ?? [] };
}

async function readLines(path: string, { files }: JobContext): Promise<readonly string[]> {
  const stat = await files.stat(path);
  if (stat?.kind !== "file") {
    const what = stat === undefined ? "does not exist" : "is not a file";
    throw new LmError("fileUnreadable", `${path} ${what}; name a text file with one sentence a line.`);
  }
  const decoded = decodeText(await files.readFile(path));
  if (decoded.kind !== "text") {
    throw new LmError("fileUnreadable", `${path} is not a text file; name one with one sentence a line.`);
  }
  return decoded.text.trimEnd().split("\n");
}

async function readFolder(source: Extract<CompareSource, { kind: "folder" }>, context: JobContext): Promise<RawText> {
  const corpus = await readWorkspace({ ...source, unsaved: [] }, context);
  if (corpus === null) {
    throw new LmError("cancelled", "The comparison was cancelled.");
  }
  return splitCorpus(corpus);
}
