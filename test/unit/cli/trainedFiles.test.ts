import assert from "node:assert/strict";
import { sep } from "node:path";
import { Terminal } from "../../../src/cli/terminal.ts";
import { findTrainedFiles, TrainedFiles } from "../../../src/cli/trainedFiles.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

const TRAINED = ["flask/app.py", "flask/src/cli.py"];

async function check(files: readonly string[], asked: readonly string[], expected: readonly string[]): Promise<void> {
  const store = new MemoryFileStore();
  for (const path of files) {
    store.put(path, "text");
  }
  assert.deepEqual(await findTrainedFiles(asked, TRAINED, store), expected);
}

describe("findTrainedFiles", function () {
  before(function () {
    if (sep !== "/") {
      this.skip(); // The file system in memory separates by slashes.
    }
  });

  for (const [title, files, asked, expected] of [
    ["a file that was trained on", ["/w/flask/app.py"], ["/w/flask/app.py"], ["/w/flask/app.py"]],
    ["no file of another folder", ["/w/django/app.py"], ["/w/django/app.py"], []],
    ["no file whose name only ends alike", ["/w/myflask/app.py"], ["/w/myflask/app.py"], []],
    ["the folder that was trained on", ["/w/flask/app.py", "/w/flask/new.py"], ["/w/flask"], ["/w/flask/app.py"]],
    ["a folder inside it", ["/w/flask/src/cli.py"], ["/w/flask/src"], ["/w/flask/src/cli.py"]],
    ["the folder that holds it", ["/w/flask/src/cli.py"], ["/w"], ["/w/flask/src/cli.py"]],
    ["nothing where there is nothing", [], ["/w/nowhere"], []],
  ] as const) {
    it(`finds ${title}`, () => check(files, asked, expected));
  }

  it("names a file once that is asked for twice", () =>
    check(["/w/flask/app.py"], ["/w/flask", "/w/flask/app.py"], ["/w/flask/app.py"]));
});

describe("The files that a model was trained on", () => {
  it("are counted once, and warned of where only their text tells", () => {
    let said = "";
    const terminal = new Terminal({
      out: { write: () => undefined },
      err: { write: (text) => (said += text) },
      isJson: false,
    });
    const trained = new TrainedFiles(["/w/flask/app.py"], terminal);
    trained.noteTexts(["/w/flask/app.py"]);
    assert.deepEqual([trained.count, said], [1, ""]);
    trained.noteTexts(["/w/flask/app.py", "/w/copy.py"]);
    trained.noteTexts(["/w/copy.py"]);
    assert.equal(trained.count, 2);
    assert.match(said, /^Warning: the model was trained on the text of 1 of these files, .*: \/w\/copy\.py\n$/u);
  });
});
