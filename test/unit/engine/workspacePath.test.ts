import assert from "node:assert/strict";
import { workspacePath } from "../../../src/engine/workspacePath.ts";

const KNOWN = ["flask/README.md", "flask/src/flask/app.py"];

describe("workspacePath", () => {
  for (const [path, expected] of [
    ["/home/u/flask/src/flask/app.py", "flask/src/flask/app.py"],
    ["/home/flask/work/flask/src/flask/new.py", "flask/src/flask/new.py"],
    ["C:\\code\\flask\\src\\x.py", "flask/src/x.py"],
    ["/home/u/flask/other/x.py", "flask/other/x.py"],
    ["/home/u/elsewhere/x.py", null],
    ["/home/u/flask", null],
  ] as const) {
    it(`finds ${String(expected)} in ${path}`, () => {
      assert.equal(workspacePath(path, KNOWN), expected);
    });
  }
});
