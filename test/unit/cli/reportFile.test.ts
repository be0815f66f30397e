import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { openReport, type ReportFile } from "../../../src/cli/reportFile.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

describe("openReport", () => {
  let files: MemoryFileStore;
  let notes: string[];
  const open = (given: string | null): Promise<ReportFile | null> =>
    openReport(given, {
      files,
      resolvePath: (path) => `/r/${path}`,
      terminal: { note: (text) => notes.push(text) },
    });

  beforeEach(() => {
    files = new MemoryFileStore();
    notes = [];
  });

  it("makes the folder of a report, and leaves nothing in it", async () => {
    await open("new/report.html");
    assert.ok(files.directories.has("/r/new"));
    assert.deepEqual(files.names("/r/new"), []);
  });

  it("writes a page over the one before it, says where, and does nothing where none is asked for", async () => {
    files.put("/r/report.html", "<!DOCTYPE html>old");
    const report = await open("report.html");
    await report?.write("<p>new");
    assert.equal(files.text("/r/report.html"), "<p>new");
    assert.deepEqual(notes, ["The report is in /r/report.html."]);
    assert.equal(await open(null), null);
  });

  it("leaves the report before it, and files with names like its own", async () => {
    files.put("/r/report.html", "<!DOCTYPE html>old");
    files.put("/r/report.html.trial1", "kept");
    await open("report.html");
    assert.deepEqual(files.names("/r"), ["report.html", "report.html.trial1"]);
    assert.deepEqual(
      ["/r/report.html", "/r/report.html.trial1"].map((path) => files.text(path)),
      ["<!DOCTYPE html>old", "kept"],
    );
  });

  it("does not write over what is no page", async () => {
    for (const other of ["a text to learn from", "{}", "<html>"]) {
      files.put("/r/text.txt", other);
      await assert.rejects(
        open("text.txt"),
        (error) => error instanceof LmError && error.code === "badArgument" && /is no report/.test(error.message),
      );
      assert.equal(files.text("/r/text.txt"), other);
    }
    files.put("/r/text.txt", "");
    await open("text.txt");
  });

  it("refuses a folder, and says what to name", async () => {
    files.put("/r/report/other", "");
    await assert.rejects(
      open("report"),
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
      open("report.html"),
      (error) =>
        error instanceof LmError &&
        error.code === "fileUnwritable" &&
        error.message === "Cannot write /r/report.html: permission is denied.",
    );
  });
});
