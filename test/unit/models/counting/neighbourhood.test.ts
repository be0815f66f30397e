import assert from "node:assert/strict";
import { nearestFiles, type NearFile } from "../../../../src/models/counting/nearestFiles.ts";
import { Neighbourhood } from "../../../../src/models/counting/neighbourhood.ts";
import { createPassage } from "../../../../src/models/counting/passage.ts";
import { PlaceContexts } from "../../../../src/models/counting/placeContexts.ts";

const START = 0;
const V = 5;

let newness = 0;

/** Newer than all before. */
function fileAt(path: string, tokenCount = 10): NearFile {
  const passages = [createPassage(new Uint16Array(tokenCount).fill(1))];
  return { path, tokenCount, newness: newness++, passages: () => passages };
}

function nearest(path: string, files: readonly NearFile[], maxTokens = 1000): readonly string[] {
  const work = nearestFiles(path, files, maxTokens);
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      return step.value.map((file) => file.path);
    }
  }
}

describe("nearestFiles", () => {
  const paths = ["/w/x.md", "/w/src/a/own.ts", "/w/src/b/c.ts", "/w/src/a/deep/d.ts", "/w/src/a/e.md", "/w/src/a/f.ts"];

  it("takes the newest first of those that are equally near", () => {
    const older = fileAt("/w/older.ts");
    const newer = fileAt("/w/newer.ts");
    for (const files of [
      [older, newer],
      [newer, older],
    ]) {
      assert.deepEqual(nearest("/w/own.ts", files, 10), ["/w/newer.ts"]);
    }
  });

  it("takes the folder first, then what is below and above, and leaves out the file itself", () => {
    const expected = ["/w/src/a/f.ts", "/w/src/a/e.md", "/w/src/a/deep/d.ts", "/w/src/b/c.ts", "/w/x.md"];
    assert.deepEqual(
      nearest(
        "/w/src/a/own.ts",
        paths.map((path) => fileAt(path)),
      ),
      expected,
    );
    const windows = (path: string): string => path.replaceAll("/", "\\");
    assert.deepEqual(
      nearest(
        windows("/w/src/a/own.ts"),
        paths.map((path) => fileAt(windows(path))),
      ),
      expected.map(windows),
    );
  });

  it("does not take a folder for near whose name begins alike", () => {
    const files = ["/w/srcs/a.ts", "/w/src/deep/b.ts"].map((path) => fileAt(path));
    assert.deepEqual(nearest("/w/src/own.ts", files), ["/w/src/deep/b.ts", "/w/srcs/a.ts"]);
  });

  it("keeps to the room there is, and passes over what does not fit", () => {
    const files = [fileAt("/w/a.ts", 40), fileAt("/w/huge.ts", 2000), fileAt("/w/b/c.ts", 70), fileAt("/w/b/d.ts", 50)];
    assert.deepEqual(nearest("/w/own.ts", files, 100), ["/w/a.ts", "/w/b/d.ts"]);
    assert.deepEqual(nearest("/w/own.ts", []), []);
  });

  it("stops now and then where there are very many files", () => {
    const files = Array.from({ length: 5000 }, (_, index) => fileAt(`/w/${index}.ts`, 1));
    const work = nearestFiles("/w/own.ts", files, 10);
    let pauses = 0;
    while (work.next().done !== true) {
      pauses++;
    }
    assert.equal(pauses, 9);
  });
});

describe("Neighbourhood", () => {
  const create = (): Neighbourhood =>
    new Neighbourhood({
      vocabularySize: V,
      startId: START,
      placeContexts: new PlaceContexts(["", "\n", "a", "b", "c"]),
    });

  it("counts the files around a document, and others once another folder is entered", () => {
    const near = create();
    const files = [fileAt("/w/a/x.ts", 20_000), fileAt("/w/b/y.ts", 15_000), fileAt("/w/b/own.ts", 9_000)];
    Array.from(near.enter("/w/b/own.ts", files));
    assert.equal(near.folder.tokenCount, 15_000, "what is farther does not fit any more");
    const { version, byteLength } = near;
    assert.ok(byteLength > 0);
    Array.from(near.enter("/w/b/own.ts", files));
    assert.equal(near.version, version, "nothing is done twice");
    Array.from(near.enter("/w/a/x.ts", files));
    assert.equal(near.folder.tokenCount, 24_000);
  });

  for (const steps of [1, 4, 6]) {
    it(`ends after ${steps} steps where another document is entered, and says that it did not come to its end`, () => {
      const near = create();
      const files = [fileAt("/w/x.ts", 200), fileAt("/w/y.ts", 300)];
      const finish = (work: Generator<void, boolean>): boolean => {
        for (;;) {
          const step = work.next();
          if (step.done === true) {
            return step.value;
          }
        }
      };
      const older = near.enter("/w/x.ts", files);
      for (let step = 0; step < steps; step++) {
        assert.notEqual(older.next().done, true);
      }
      const newer = near.enter("/w/y.ts", files);
      newer.next();
      assert.equal(finish(older), false);
      assert.equal(finish(newer), true);
      assert.equal(near.folder.tokenCount, 200);
    });
  }

  it("knows what was written lately in other documents, and what is oldest no more", () => {
    const near = create();
    const write = (document: string, length: number): void => {
      near.remember(document, createPassage(new Uint16Array(length).fill(2)));
    };
    write("a", 100);
    write("b", 50);
    Array.from(near.enter("a", []));
    assert.equal(near.recent.tokenCount, 50);
    Array.from(near.enter("c", []));
    assert.equal(near.recent.tokenCount, 150);
    for (let count = 0; count < 50; count++) {
      write("b", 99);
    }
    Array.from(near.enter("c", []));
    assert.equal(near.recent.tokenCount, 40 * 99);
    write("d", 9_000);
    Array.from(near.enter("c", []));
    assert.equal(near.recent.tokenCount, 9_000, "the last is there whatever its length is");
  });
});
