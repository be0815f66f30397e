import { LmError } from "../base/errors.ts";
import { collectCorpus } from "../corpus/collectCorpus.ts";
import type { CollectCorpusOptions } from "../corpus/collectDocuments.ts";
import type { Corpus } from "../corpus/corpus.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import type { JobContext } from "./jobContext.ts";

/**
 * The documents a job trains on; null where it was cancelled meanwhile.
 * Throws `LmError("noDocuments")` that says what was found instead.
 */
export async function readWorkspace(
  job: Pick<TrainJob, "folders" | "unsaved" | "corpus">,
  context: JobContext,
): Promise<Corpus | null> {
  const { files } = context;
  for (const folder of job.folders) {
    const stat = await files.stat(folder.path);
    if (stat?.kind !== "directory") {
      const what = stat === undefined ? "does not exist" : "is not a folder";
      throw new LmError("noDocuments", `${folder.path} ${what}; name the folder to train on.`);
    }
  }
  const result = await collectCorpus(await collectOptions(job, context));
  switch (result.kind) {
    case "corpus":
      return result.corpus;
    case "empty":
      throw new LmError("noDocuments", result.reason, { facts: { ...result.report.excludedCounts } });
    case "cancelled":
      return null;
  }
}

/** How a job's documents are collected. */
export async function collectOptions(
  job: Pick<TrainJob, "folders" | "unsaved" | "corpus">,
  { files, signal, globalGitignorePath, isCaseSensitive }: JobContext,
): Promise<CollectCorpusOptions> {
  return {
    folders: job.folders,
    unsaved: job.unsaved,
    settings: job.corpus,
    reader: files,
    signal,
    globalIgnoreFile: await globalGitignorePath(),
    isCaseSensitive,
  };
}
