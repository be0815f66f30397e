import assert from "node:assert/strict";
import { SurpriseReading } from "../../../src/extension/surpriseReading.ts";
import type { SurpriseSpan } from "../../../src/protocol/surpriseMessages.ts";
import { ManualTime } from "../../fakes/manualTime.ts";

/** A predictor that answers when it is told to. */
class ManualReader {
  public readonly asked: {
    readonly text: string;
    readonly signal: AbortSignal;
    readonly tell: (...ends: readonly number[]) => void;
    readonly end: (isComplete: boolean) => Promise<void>;
    readonly fail: (error: Error) => Promise<void>;
  }[] = [];

  public read(
    text: string,
    { signal, onSpans }: { readonly signal: AbortSignal; readonly onSpans: (spans: readonly SurpriseSpan[]) => void },
  ): Promise<boolean> {
    const { promise, resolve, reject } = deferred<boolean>();
    this.asked.push({
      text,
      signal,
      tell: (...ends) => {
        onSpans(ends.map((end) => ({ end, nats: 1, likelier: [] })));
      },
      end: (isComplete) => {
        resolve(isComplete);
        return settled();
      },
      fail: (error) => {
        reject(error);
        return settled();
      },
    });
    return promise;
  }
}

function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let parts: { readonly resolve: (value: T) => void; readonly reject: (error: Error) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => (parts = { resolve, reject }));
  assert.ok(parts !== undefined);
  return { promise, ...parts };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("Reading a document for its surprise", () => {
  let time: ManualTime;
  let reader: ManualReader;
  let document: string;
  let shown: string[];
  let failures: unknown[];
  let reading: SurpriseReading;

  beforeEach(() => {
    time = new ManualTime();
    reader = new ManualReader();
    document = "one";
    shown = [];
    failures = [];
    reading = new SurpriseReading({
      read: (text, options) => reader.read(text, options),
      text: () => document,
      timer: time,
      onRead: ({ text, spans }) => shown.push(`${text} ${spans.length}`),
      onFailure: (error) => failures.push(error),
    });
  });

  it("shows how far it is the first time, and the whole at the end", async () => {
    void reading.read();
    reader.asked[0]?.tell(1);
    reader.asked[0]?.tell(2, 3);
    assert.deepEqual(shown, ["one 1", "one 3"]);
    await reader.asked[0]?.end(true);
    assert.deepEqual(shown, ["one 1", "one 3", "one 3"]);
  });

  it("reads again once edits have come to rest, and shows that when all of it is read", async () => {
    void reading.read();
    await reader.asked[0]?.end(true);
    document = "two";
    reading.readSoon();
    time.advance(300);
    document = "three";
    reading.readSoon();
    time.advance(399);
    assert.equal(reader.asked.length, 1);
    time.advance(1);
    assert.equal(reader.asked[1]?.text, "three");
    reader.asked[1].tell(5);
    assert.deepEqual(shown, ["one 0"]);
    await reader.asked[1].end(true);
    assert.deepEqual(shown, ["one 0", "three 1"]);
  });

  it("gives up what it reads when the document is changed, and shows nothing of it", async () => {
    void reading.read();
    reading.readSoon();
    assert.equal(reader.asked[0]?.signal.aborted, true);
    reader.asked[0].tell(1);
    await reader.asked[0].end(true);
    assert.deepEqual(shown, []);
  });

  it("shows nothing more where reading did not come to its end, and tells of a failure", async () => {
    void reading.read();
    await reader.asked[0]?.end(false);
    assert.deepEqual(shown, []);
    void reading.read();
    await reader.asked[1]?.fail(new Error("gone"));
    assert.equal(failures.length, 1);
  });

  it("ends with its owner", () => {
    void reading.read();
    reading.readSoon();
    reading.dispose();
    time.advance(1000);
    assert.equal(reader.asked.length, 1);
    assert.equal(reader.asked[0]?.signal.aborted, true);
  });
});
