import assert from "node:assert/strict";
import { LogBook } from "../../../src/extension/logBook.ts";

describe("log book", () => {
  let epochMs = 0;
  const clock = { nowMs: () => epochMs, epochMs: () => epochMs };
  let book: LogBook;

  beforeEach(() => {
    epochMs = new Date(2026, 0, 31, 9, 5, 7, 250).getTime();
    book = new LogBook(clock);
  });

  it("writes the machine's time of day and the level before each message", () => {
    book.write("info", "Loaded the model.");
    epochMs += 1500;
    book.write("warning", "No suggestion.");
    assert.equal(
      book.text,
      "2026-01-31 09:05:07.250 [info] Loaded the model.\n2026-01-31 09:05:08.750 [warning] No suggestion.\n",
    );
  });

  it("indents the lines of a message that has several", () => {
    book.write("error", "engineDied: it ended\r\n at step 3\n");
    assert.equal(book.text, "2026-01-31 09:05:07.250 [error] engineDied: it ended\n     at step 3\n");
  });

  it("keeps the newest 2,000 lines and says how many it dropped", () => {
    for (let number = 1; number <= 2003; number++) {
      book.write("debug", `message ${number}`);
    }
    const lines = book.text.trimEnd().split("\n");
    assert.equal(lines.length, 2001);
    assert.equal(lines[0], "… 3 older lines were dropped");
    assert.ok(lines[1]?.endsWith("message 4") && lines.at(-1)?.endsWith("message 2003"));
  });

  it("tells after every message that there is a new one", () => {
    const seen: string[] = [];
    book.onDidWrite(() => seen.push(book.text));
    book.write("info", "one");
    book.write("info", "two");
    assert.deepEqual(
      seen.map((text) => text.split("\n").length - 1),
      [1, 2],
    );
  });
});
