import { LmError } from "../base/errors.ts";
import { collectCorpus } from "../corpus/collectCorpus.ts";
import type { Corpus } from "../corpus/corpus.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import type { JobContext } from "./trainJob.ts";

/**
 * The documents a job trains on; null where it was cancelled meanwhile.
 * Throws `LmError("noDocuments")` that says what was found instead.
 */
export async function readWorkspace(
  job: Pick<TrainJob, "folders" | "unsaved" | "corpus">,
  { files, signal, globalGitignorePath }: JobContext,
): Promise<Corpus | null> {
  for (const folder of job.folders) {
    const stat = await files.stat(folder.path);
    if (stat?.kind !== "directory") {
      const what = stat === undefined ? "does not exist" : "is not a folder";
      throw new LmError("noDocuments", `${folder.path} ${what}; name the folder to train on.`);
    }
  }
  const result = await collectCorpus({
    folders: job.folders,
    unsaved: job.unsaved,
    settings: job.corpus,
    reader: files,
    signal,
    globalIgnoreFile: await globalGitignorePath(),
  });
  switch (result.kind) {
    case "corpus":
      return result.corpus;
    case "empty":
      throw new LmError("noDocuments", result.reason, { facts: { ...result.report.excludedCounts } });
    case "cancelled":
      return null;
  }
}
