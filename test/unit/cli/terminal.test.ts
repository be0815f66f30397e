import assert from "node:assert/strict";
import { Terminal } from "../../../src/cli/terminal.ts";

/** What a terminal writes, stream by stream. */
function record({ isJson = false, isTTY = false, columns = 0 }): {
  readonly terminal: Terminal;
  readonly out: () => string;
  readonly err: () => string;
} {
  const written = { out: "", err: "" };
  const terminal = new Terminal({
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text), isTTY, columns },
    isJson,
  });
  return { terminal, out: () => written.out, err: () => written.err };
}

describe("Terminal", () => {
  it("writes nothing but JSON lines to standard output when asked for JSON", () => {
    const { terminal, out, err } = record({ isJson: true });
    terminal.event({ type: "progress" });
    terminal.note("for people");
    terminal.result({ type: "done" }, "The end.");
    assert.equal(out(), '{"type":"progress"}\n{"type":"done"}\n');
    assert.equal(err(), "for people\n");
  });

  it("writes results in words and no events when asked for none", () => {
    const { terminal, out, err } = record({});
    terminal.event({ type: "progress" });
    terminal.result({ type: "done" }, "The end.");
    assert.equal(out(), "The end.\n");
    assert.equal(err(), "");
  });

  it("keeps the live line to a terminal, replaces it, and wipes it before a lasting line", () => {
    const { terminal, err } = record({ isTTY: true, columns: 40 });
    terminal.live("long line");
    terminal.live("short");
    terminal.note("lasting");
    assert.equal(err(), `\rlong line\rshort    \r${" ".repeat(5)}\rlasting\n`);
  });

  it("cuts a live line so that it does not wrap", () => {
    const { terminal, err } = record({ isTTY: true, columns: 5 });
    terminal.live("123456789");
    assert.equal(err(), "\r1234");
  });

  it("shows no live line where nobody sees it", () => {
    const { terminal, err } = record({});
    terminal.live("line");
    assert.equal(err(), "");
  });
});
