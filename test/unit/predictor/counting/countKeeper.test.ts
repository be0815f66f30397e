import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { trainBpe } from "../../../../src/tokens/trainBpe.ts";
import { JOB } from "./countingParts.ts";
import { KeptWorkspace, turn } from "./keptWorkspace.ts";
import { sourceText } from "./sourceText.ts";

const SECRET = `key = "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"\n`;
const OTHER_PLACE = { ...JOB, folders: [{ path: "/two", name: "two" }], storage: "/store2" };
const VOCABULARIES = [300, 330, 360].map((vocabularySize) => trainBpe([sourceText(300)], { vocabularySize }));

describe("Counts that are kept", () => {
  let world: KeptWorkspace;

  beforeEach(() => {
    world = new KeptWorkspace();
    world.put("/ws/a.ts", sourceText(200));
    world.put("/ws/b.ts", sourceText(100));
    world.put("/ws/.env", "PASSWORD=hunter2\n");
    world.put("/two/z.ts", sourceText(60));
  });
  afterEach(() => {
    world.keeper.dispose();
  });
  const settleAndCheck = async (message: string): Promise<void> => {
    await world.settle();
    world.check(message);
  };

  it("are of the disk again once an editor is closed that was never saved, whatever was counted first", async () => {
    world.edit("/ws/b.ts", world.files.text("/ws/b.ts") + sourceText(100));
    world.edit("/ws/new.ts", sourceText(30));
    await world.count();
    await settleAndCheck("open");
    world.close("/ws/b.ts");
    world.close("/ws/new.ts");
    world.check("closed");
    await world.count();
    world.check("counted again");
  });

  it("are of the disk again where an editor is closed while all is counted over another vocabulary", async () => {
    for (let turns = 0; turns < 24; turns += 3) {
      await world.count();
      world.edit("/ws/b.ts", world.files.text("/ws/b.ts") + sourceText(50));
      world.edit("untitled:1", sourceText(20));
      await world.settle();
      world.recount(VOCABULARIES[turns % 2]!);
      for (let count = 0; count < turns; count++) {
        await turn();
      }
      world.close("/ws/b.ts");
      world.close("untitled:1");
      await settleAndCheck(`closed after ${turns} turns`);
    }
  });

  it("have a document without text on the disk in them, however often they are asked for", async () => {
    await world.count();
    world.edit("/ws/new.ts", sourceText(80));
    world.edit("/ws/b.ts", sourceText(70));
    await settleAndCheck("new");
    world.files.files.delete("/ws/b.ts");
    for (let time = 0; time < 3; time++) {
      await world.count();
      world.check(`count ${time}`);
    }
    world.put("/ws/new.ts", world.open.get("/ws/new.ts")!);
    await world.count();
    world.check("saved");
  });

  it("have a new file in them once something is typed into it, before it is saved", async () => {
    for (const onDisk of ["", "\n"]) {
      world.put("/ws/empty.ts", onDisk);
      await world.count();
      for (const text of ["", "  \n", sourceText(10), sourceText(20), "", sourceText(5)]) {
        world.edit("/ws/empty.ts", text);
        await world.settle();
        if (text !== "") {
          world.check(JSON.stringify([onDisk, text.slice(0, 20)]));
        }
      }
      assert.ok(world.started.files.isCounted("/ws/empty.ts"));
      world.close("/ws/empty.ts");
      await world.settle();
    }
  });

  it("are of other folders where those are named while all is counted over another vocabulary", async () => {
    for (let turns = 0; turns < 12; turns += 2) {
      world.job = JOB;
      await world.count();
      world.recount(VOCABULARIES[0]!);
      for (let count = 0; count < turns; count++) {
        await turn();
      }
      world.job = OTHER_PLACE;
      const { fileCount } = await world.count();
      await settleAndCheck(`after ${turns} turns`);
      assert.equal(fileCount, 1);
      assert.ok(world.keeper.isOver(VOCABULARIES[0]!));
    }
  });

  it("have in them what changed on the disk while all was counted over another vocabulary", async () => {
    for (let turns = 0; turns < 24; turns += 2) {
      await world.count();
      world.recount(VOCABULARIES[turns % 4 === 0 ? 0 : 1]!);
      for (let count = 0; count < turns; count++) {
        await turn();
      }
      world.put("/ws/b.ts", sourceText(20 + turns));
      void world.count();
      await settleAndCheck(`after ${turns} turns`);
    }
  });

  it("leave out the line with the caret where it was placed before the text was known", async () => {
    world.place("untitled:1", { line: 3, isLocal: false });
    await world.count();
    world.edit("untitled:1", sourceText(30));
    await settleAndCheck("text after the caret");
    world.recount(VOCABULARIES[1]!);
    await settleAndCheck("other vocabulary");
    world.close("untitled:1");
    world.edit("untitled:1", sourceText(30));
    await settleAndCheck("opened anew");
  });

  it("leave a document alone that is larger than any file may be", async () => {
    world.job = { ...JOB, corpus: { ...JOB.corpus, maxFileBytes: 5000 } };
    world.put("/ws/a.ts", sourceText(20));
    world.put("/ws/b.ts", sourceText(10));
    await world.count();
    const { tokenCount } = world.started.index;
    for (const document of ["/ws/a.ts", "/ws/new.ts", "untitled:1"]) {
      world.edit(document, "é".repeat(2501));
    }
    await world.settle();
    assert.equal(world.started.index.tokenCount, tokenCount);
    world.edit("/ws/a.ts", sourceText(30));
    world.close("/ws/new.ts");
    world.close("untitled:1");
    await settleAndCheck("small again");
  });

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`are those of files and documents as they stand, whatever happens in whichever order (${seed})`, async () => {
      await new RandomUse(world, seed).run();
    });
  }
});

const FILES = ["/ws/a.ts", "/ws/b.ts", "/ws/lib/c.ts", "/two/z.ts"];
const DOCUMENTS = [...FILES, "/ws/new.ts", "/ws/.env", "untitled:1", "/elsewhere/x.ts"];
const ROUNDS = 12;
const ACTIONS_PER_ROUND = 12;

/** Edits, undoing, carets, editors that open and close, files that change, counting and counting over other vocabularies. */
class RandomUse {
  readonly #world: KeptWorkspace;
  readonly #rng: ReturnType<typeof createRng>;
  readonly #undo = new Map<string, string[]>();
  readonly #log: string[] = [];

  public constructor(world: KeptWorkspace, seed: number) {
    this.#world = world;
    this.#rng = createRng(seed);
  }

  public async run(): Promise<void> {
    await this.#world.count();
    for (let round = 0; round < ROUNDS; round++) {
      this.#log.push(`round ${round}`);
      for (let action = 0; action < ACTIONS_PER_ROUND; action++) {
        this.#act();
        if (this.#rng.nextInt(3) === 0) {
          await turn();
        }
      }
      await this.#world.settle();
      await this.#world.count();
      this.#world.check(this.#log.slice(-2 * ACTIONS_PER_ROUND).join("\n"));
    }
  }

  #act(): void {
    const world = this.#world;
    const document = this.#pick(this.#rng.nextInt(4) === 0 ? DOCUMENTS : [...world.open.keys(), DOCUMENTS[0]!]);
    const kind = this.#pick([
      "insert",
      "insert",
      "delete",
      "undo",
      "caret",
      "caret",
      "close",
      "save",
      "disk",
      "whole",
    ] as const);
    this.#log.push(`${kind} ${document}`);
    const text = world.open.get(document) ?? this.#opened(document);
    const at = this.#rng.nextInt(text.length + 1);
    switch (kind) {
      case "insert":
        this.#edit(
          document,
          text.slice(0, at) + this.#pick(["x", "\n", sourceText(3), SECRET, "é😀\n"]) + text.slice(at),
        );
        break;
      case "delete":
        this.#edit(document, text.slice(0, at) + text.slice(at + this.#pick([1, 5, 300, 9000])));
        break;
      case "undo":
        this.#edit(document, this.#undo.get(document)?.pop() ?? text);
        break;
      case "caret":
        world.place(document, {
          line: this.#rng.nextInt(text.split("\n").length),
          isLocal: this.#rng.nextInt(2) === 0,
        });
        break;
      case "close":
        world.close(document);
        break;
      case "save":
        world.put(document.startsWith("/") ? document : "/ws/saved.ts", text);
        void world.count();
        break;
      case "disk":
        this.#changeDisk();
        break;
      case "whole":
        this.#countOtherwise();
        break;
    }
  }

  /** A caret is placed before the text is known as often as behind. */
  #opened(document: string): string {
    const text = this.#world.files.files.has(document)
      ? this.#world.files.text(document)
      : sourceText(this.#rng.nextInt(9));
    if (this.#rng.nextInt(2) === 0) {
      this.#world.place(document, { line: this.#rng.nextInt(4), isLocal: false });
    }
    this.#edit(document, text);
    return text;
  }

  #edit(document: string, text: string): void {
    const before = this.#world.open.get(document);
    this.#undo.set(document, [
      ...(this.#undo.get(document) ?? []).slice(-5),
      ...(before === undefined ? [] : [before]),
    ]);
    this.#world.edit(document, text);
  }

  #changeDisk(): void {
    const path = this.#pick(FILES);
    if (this.#rng.nextInt(4) === 0) {
      this.#world.files.files.delete(path);
    } else {
      this.#world.put(path, sourceText(this.#rng.nextInt(60)));
    }
    void this.#world.count();
  }

  #countOtherwise(): void {
    if (this.#rng.nextInt(3) === 0) {
      this.#world.job = this.#world.job === JOB ? OTHER_PLACE : JOB;
      void this.#world.count();
    } else {
      this.#world.recount(this.#pick(VOCABULARIES));
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#rng.nextInt(from.length)]!;
  }
}
