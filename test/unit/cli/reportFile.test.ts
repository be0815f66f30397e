import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { checkReportFile } from "../../../src/cli/reportFile.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

describe("checkReportFile", () => {
  let files: MemoryFileStore;

  beforeEach(() => {
    files = new MemoryFileStore();
  });

  it("makes the folder of a report, and leaves nothing in it", async () => {
    await checkReportFile(files, "/reports/new/report.html");
    assert.ok(files.directories.has("/reports/new"));
    assert.deepEqual(files.names("/reports/new"), []);
  });

  it("leaves the report before it, and files with names like its own", async () => {
    files.put("/r/report.html", "old");
    files.put("/r/report.html.trial1", "kept");
    await checkReportFile(files, "/r/report.html");
    assert.deepEqual(files.names("/r"), ["report.html", "report.html.trial1"]);
    assert.deepEqual(
      ["/r/report.html", "/r/report.html.trial1"].map((path) => files.text(path)),
      ["old", "kept"],
    );
  });

  it("refuses a folder, and says what to name", async () => {
    files.put("/r/report/other", "");
    await assert.rejects(
      checkReportFile(files, "/r/report"),
      (error) =>
        error instanceof LmError && error.code === "badArgument" && /\/r\/report is a folder/.test(error.message),
    );
  });

  it("refuses where nothing can be written, and names the report", async () => {
    files.before = (operation, path) => {
      if (operation === "writeFileAtomically") {
        throw new LmError("fileUnwritable", `Cannot write ${path}: permission is denied.`);
      }
    };
    await assert.rejects(
      checkReportFile(files, "/r/report.html"),
      (error) =>
        error instanceof LmError &&
        error.code === "fileUnwritable" &&
        error.message === "Cannot write /r/report.html: permission is denied.",
    );
  });
});
