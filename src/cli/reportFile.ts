import { dirname } from "node:path";
import { LmError } from "../base/errors.ts";
import type { FileStore } from "../base/ports.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { CommandContext } from "./commandContext.ts";
import type { Terminal } from "./terminal.ts";

/** What every page begins with. */
const PAGE_START = "<!doctype html";

/** Where a command writes its page; told of when it is written. */
export interface ReportFile {
  readonly write: (page: string) => Promise<void>;
}

interface ReportPlace extends Pick<CommandContext, "files" | "resolvePath"> {
  readonly terminal: Pick<Terminal, "note">;
}

/** The file that was asked for, checked before the work that it reports on; null where none was. Throws `LmError`. */
export async function openReport(
  given: string | null,
  { files, resolvePath, terminal }: ReportPlace,
): Promise<ReportFile | null> {
  if (given === null) {
    return null;
  }
  const path = resolvePath(given);
  await checkReportFile(files, path);
  return {
    write: async (page) => {
      await files.writeFileAtomically(path, [encodeUtf8(page)]);
      terminal.note(`The report is in ${path}.`);
    },
  };
}

/**
 * Makes sure that a report can be written before the work that it reports on; makes its folder where there is none, and leaves a report that is
 * there as it is. Throws `LmError`, also where something else is there.
 * @param path absolute
 */
async function checkReportFile(files: FileStore, path: string): Promise<void> {
  const kind = (await files.stat(path))?.kind ?? "file";
  if (kind !== "file") {
    const what = kind === "directory" ? "a folder" : "no file that a page could be written to";
    throw new LmError("badArgument", `${path} is ${what}; name a file for the report, such as report.html.`);
  }
  await refuseOther(files, path);
  await files.makeDirectory(dirname(path));
  // A file is replaced by one written beside it, so what counts is whether a file can be made there.
  const target = (await files.realPath(path)) ?? path;
  const trial = await freeName(files, target);
  await files.writeFileAtomically(trial, []).catch((error: unknown) => {
    throw error instanceof LmError
      ? new LmError(error.code, error.message.replace(trial, path), { cause: error })
      : error;
  });
  await files.removeFile(trial);
}

/** A slip of the keyboard must not cost a text or a model: only pages are written over. */
async function refuseOther(files: FileStore, path: string): Promise<void> {
  if ((await files.stat(path)) === undefined) {
    return;
  }
  const start = new TextDecoder().decode(await files.readFile(path, PAGE_START.length));
  if (start !== "" && start.toLowerCase() !== PAGE_START) {
    throw new LmError(
      "badArgument",
      `${path} is there already and is no report; name another file for the report, such as report.html.`,
    );
  }
}

async function freeName(files: FileStore, path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = `${path}.trial${n}`;
    if ((await files.stat(name)) === undefined) {
      return name;
    }
  }
}
