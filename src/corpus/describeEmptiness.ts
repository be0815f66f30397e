import { counted } from "../base/readableNumbers.ts";
import type { CorpusReport, CorpusSettings, ExclusionReason, WorkspaceFolder } from "./corpus.ts";

export interface Emptiness {
  readonly report: CorpusReport;
  readonly folders: readonly WorkspaceFolder[];
  readonly settings: CorpusSettings;
}

/** Says to the user why there is nothing to learn from, and what to do. */
export function describeEmptiness({ report, folders, settings }: Emptiness): string {
  if (folders.length === 0) {
    return "No folder is open. Open a folder with the text or code to learn from, then train again.";
  }
  const where = folders.map((folder) => `“${folder.name}”`).join(", ");
  const found =
    report.takenCount > 0
      ? `${counted(report.takenCount, "text file")} of ${counted(report.takenBytes, "byte")} in all`
      : "no text to learn from";
  const left = leftOut(report, settings);
  const leftSentence = left.length === 0 ? "" : ` Left out: ${left.join(", ")}.`;
  return `Found ${found} in ${where}.${leftSentence} ${advice(report, settings)}`;
}

function leftOut({ excludedCounts }: CorpusReport, settings: CorpusSettings): readonly string[] {
  const megabytes = (settings.maxFileBytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });
  const phrases: Readonly<Record<ExclusionReason, readonly [string, string]>> = {
    ignored: ["", "ignored"],
    binary: ["binary ", ""],
    tooLarge: ["", `larger than ${megabytes} MB`],
    generated: ["generated or minified ", ""],
    secretFile: ["secret ", ""],
    secretContent: ["", "full of secrets"],
    empty: ["empty ", ""],
    unreadable: ["", "unreadable"],
    corpusFull: ["", "beyond the size limit of the corpus"],
  };
  return (Object.keys(phrases) as ExclusionReason[])
    .filter((reason) => excludedCounts[reason] > 0)
    .map((reason) => {
      const [before, after] = phrases[reason];
      const left =
        reason === "ignored"
          ? counted(excludedCounts[reason], "file or folder", "files or folders")
          : counted(excludedCounts[reason], `${before}file`);
      return after === "" ? left : `${left} ${after}`;
    });
}

/** What helps most, by what stands in the way most. */
function advice({ excludedCounts, takenCount }: CorpusReport, settings: CorpusSettings): string {
  if (excludedCounts.tooLarge > 0) {
    return "Raise the limit for the size of a file in Inkling's settings, or split large files.";
  }
  if (excludedCounts.unreadable > 0 && takenCount === 0) {
    return "Check that the folder exists and that you may read it.";
  }
  if (settings.include.length > 0) {
    return "Check the include patterns in Inkling's settings: only files that match them are taken.";
  }
  if (excludedCounts.ignored > 0) {
    return "Check .gitignore and the exclude settings, or train on a folder with more text or code.";
  }
  return "Train on a folder with more text or code.";
}
