import assert from "node:assert/strict";
import type { Memento } from "vscode";
import { AcceptanceStore } from "../../../src/extension/acceptanceStore.ts";
import { ManualTime } from "../../fakes/manualTime.ts";

/** A workspace's memory. */
class FakeMemento implements Memento {
  public readonly values = new Map<string, unknown>();
  public updateCount = 0;

  public keys(): readonly string[] {
    return [...this.values.keys()];
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the editor's own signature
  public get<T>(key: string): T | undefined {
    return this.values.get(key) as T | undefined;
  }

  public update(key: string, value: unknown): Promise<void> {
    this.updateCount++;
    this.values.set(key, value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
    return Promise.resolve();
  }
}

const OFFER = { document: "a", languageId: "text", line: 3, lineText: "let x = one", probability: 0.9 };
const WRITING = { document: "a", line: 3, lineAbove: "" };

/** The first of what was offered; what is claimed of its rest says nothing. */
const FIRST = { index: 0, probability: 0.99 };

function rejectTimes(store: AcceptanceStore, count: number): void {
  for (let index = 0; index < count; index++) {
    store.didOffer(OFFER);
    store.didWrite({ ...WRITING, prefix: "let x = t" });
  }
}

describe("What accepts and rejections leave in a workspace", () => {
  it("moves what suggestions are believed, and survives a restart", () => {
    const memento = new FakeMemento();
    const time = new ManualTime();
    const store = new AcceptanceStore(memento, time);
    assert.equal(store.share("text"), 1);
    rejectTimes(store, 30);
    assert.ok(store.share("text") < 0.9);
    time.advance(5000);
    assert.equal(memento.updateCount, 1);
    assert.equal(new AcceptanceStore(memento, time).share("text"), store.share("text"));
  });

  it("saves what is pending when it is disposed, and nothing twice", () => {
    const memento = new FakeMemento();
    const store = new AcceptanceStore(memento, new ManualTime());
    rejectTimes(store, 1);
    store.dispose();
    store.dispose();
    assert.equal(memento.updateCount, 1);
  });

  it("learns from an acceptance once, and from what was written out by hand not at all", () => {
    const memento = new FakeMemento();
    const store = new AcceptanceStore(memento, new ManualTime());
    store.didOffer(OFFER);
    store.didAccept(FIRST);
    store.didAccept(FIRST);
    store.didOffer(OFFER);
    store.didWrite({ ...WRITING, prefix: "let x = one" });
    store.dispose();
    assert.deepEqual(memento.get("inkling.acceptance"), {
      all: { claimed: 0.9, accepted: 1 },
      languages: { text: { claimed: 0.9, accepted: 1 } },
    });
  });

  it("learns from another that was accepted instead what was claimed of it, and that the first was wrong", () => {
    const memento = new FakeMemento();
    const store = new AcceptanceStore(memento, new ManualTime());
    store.didOffer(OFFER);
    store.didAccept({ index: 1, probability: 0.05 });
    store.dispose();
    const { all } = memento.get<{ all: { claimed: number; accepted: number } }>("inkling.acceptance") ?? assert.fail();
    assert.ok(Math.abs(all.claimed - 0.95) < 0.01, `${all.claimed} claimed`);
    assert.ok(Math.abs(all.accepted - 1) < 0.01, `${all.accepted} accepted`);
  });

  it("keeps no text", () => {
    const memento = new FakeMemento();
    const store = new AcceptanceStore(memento, new ManualTime());
    rejectTimes(store, 3);
    store.dispose();
    assert.doesNotMatch(JSON.stringify([...memento.values]), /let|"a"/);
  });

  it("forgets when it is told to, on the disk too", async () => {
    const memento = new FakeMemento();
    const time = new ManualTime();
    const store = new AcceptanceStore(memento, time);
    rejectTimes(store, 30);
    await store.forget();
    time.advance(5000);
    assert.equal(store.share("text"), 1);
    assert.equal(memento.get("inkling.acceptance"), undefined);
    assert.equal(memento.updateCount, 1);
  });
});
