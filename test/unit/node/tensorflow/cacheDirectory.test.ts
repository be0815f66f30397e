import assert from "node:assert/strict";
import { cacheDirectory } from "../../../../src/node/tensorflow/cacheDirectory.ts";

function check(env: Record<string, string>, platform: NodeJS.Platform, expected: string): void {
  assert.equal(cacheDirectory({ env, platform, home: "/home/ada" }), expected);
}

describe("cacheDirectory", () => {
  it("is what INKLING_CACHE says, on every platform", () => {
    for (const platform of ["linux", "darwin", "win32"] as const) {
      check({ INKLING_CACHE: "/elsewhere", XDG_CACHE_HOME: "/xdg" }, platform, "/elsewhere");
    }
  });
  it("takes an empty INKLING_CACHE for none", () => {
    check({ INKLING_CACHE: "" }, "linux", "/home/ada/.cache/inkling");
  });
  it("follows XDG_CACHE_HOME on Linux, if it is absolute", () => {
    check({ XDG_CACHE_HOME: "/xdg" }, "linux", "/xdg/inkling");
    check({ XDG_CACHE_HOME: "xdg" }, "linux", "/home/ada/.cache/inkling");
  });
  it("follows the customs of macOS and Windows", () => {
    check({}, "darwin", "/home/ada/Library/Caches/inkling");
    check({ LOCALAPPDATA: "/local" }, "win32", "/local/inkling/cache");
  });
});
