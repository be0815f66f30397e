import { basename } from "node:path";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import type { CommandContext } from "./commandContext.ts";

/** The job that trains on one folder, into another. */
export function folderTrainJob(
  { folder, out, options }: { readonly folder: string; readonly out: string; readonly options: TrainJob["options"] },
  { resolvePath }: Pick<CommandContext, "resolvePath">,
): TrainJob {
  return {
    folders: [folderOf(resolvePath(folder))],
    unsaved: [],
    corpus: { ...DEFAULT_CORPUS_SETTINGS },
    out: resolvePath(out),
    options,
  };
}

/** A folder as one of a workspace. @param path absolute */
export function folderOf(path: string): TrainJob["folders"][number] {
  // The root of a file system has no name of its own.
  return { path, name: basename(path) || "root" };
}
