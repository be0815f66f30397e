import { LmError } from "../../base/errors.ts";
import { decodeText } from "../../corpus/decodeText.ts";
import type { CompareJob, CompareSource } from "../../protocol/compareMessages.ts";
import type { JobContext } from "../jobContext.ts";
import { readWorkspace } from "../readWorkspace.ts";
import type { RawText } from "./comparedText.ts";

/** The texts of a comparison. Throws `LmError` where a file cannot be read, or it was cancelled meanwhile. */
export async function readComparedText({ source }: CompareJob, context: JobContext): Promise<RawText> {
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

/** The workspace's own split; of what is held out, every other document chooses the weights and the others are the test. */
async function readFolder(source: Extract<CompareSource, { kind: "folder" }>, context: JobContext): Promise<RawText> {
  const corpus = await readWorkspace({ ...source, unsaved: [] }, context);
  if (corpus === null) {
    throw new LmError("cancelled", "The comparison was cancelled.");
  }
  const held = corpus.validation.map(({ text }) => text);
  if (held.length < 2) {
    throw new LmError(
      "noDocuments",
      `Of this folder ${held.length} documents are held out, and a comparison needs two: one to choose weights, one to score. Name a larger folder.`,
    );
  }
  return {
    isContinuous: false,
    training: corpus.training.map(({ text }) => text),
    validation: held.filter((_, index) => index % 2 === 0),
    test: held.filter((_, index) => index % 2 === 1),
  };
}
