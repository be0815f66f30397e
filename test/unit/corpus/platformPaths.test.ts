import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import { createPlatformPaths } from "../../../src/corpus/platformPaths.ts";

describe("createPlatformPaths", () => {
  const unix = createPlatformPaths(posix, { isCaseSensitive: true });
  const windows = createPlatformPaths(win32, { isCaseSensitive: false });

  it("finds the directory above, up to the root", () => {
    const above = (paths: typeof unix, path: string): readonly string[] => {
      const parent = paths.parent(path);
      return parent === undefined ? [] : [parent, ...above(paths, parent)];
    };
    assert.deepEqual(above(unix, "/a/b/c/"), ["/a/b", "/a", "/"]);
    assert.deepEqual(above(windows, "c:\\a\\b"), ["c:\\a", "c:\\"]);
    assert.deepEqual(above(windows, "\\\\server\\share\\a"), ["\\\\server\\share"]);
  });

  it("finds the way down", () => {
    assert.equal(unix.relative("/a", "/a/b/c"), "b/c");
    assert.equal(unix.relative("/a/", "/a"), "");
    assert.equal(unix.relative("/", "/a/b"), "a/b");
    assert.equal(unix.relative("/a", "/ab/c"), undefined);
    assert.equal(unix.relative("/a", "/A/b"), undefined);
    assert.equal(windows.relative("C:\\Work", "c:\\work\\Src\\a.ts"), "Src/a.ts");
    assert.equal(windows.relative("c:\\", "C:/a/b"), "a/b");
    assert.equal(windows.relative("c:\\work", "d:\\work\\a"), undefined);
  });

  it("takes a backslash for a character where it is one", () => {
    assert.equal(unix.relative("/a", "/a/b\\c"), "b\\c");
    assert.equal(unix.name("/a/b\\c"), "b\\c");
  });
});
