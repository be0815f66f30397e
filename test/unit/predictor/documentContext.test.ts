import assert from "node:assert/strict";
import { PieceIndex } from "../../../src/decoding/pieceIndex.ts";
import type { DocumentWindow } from "../../../src/predictor/contextTrail.ts";
import { type CaretState, DocumentContext } from "../../../src/predictor/documentContext.ts";
import { ReadingPace } from "../../../src/predictor/readingPace.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { finish, irregularModel, type ToyModel, ToyVocabulary } from "../decoding/toyModel.ts";

const EVERYTHING = { maxChars: Infinity, shouldStop: () => false };

describe("document context", () => {
  const vocabulary = new ToyVocabulary(Array.from("abcdefghijklmnopqrstuvwxyz0123456789 \n.;=()"));
  let model: ToyModel;
  let context: DocumentContext<readonly number[]>;
  /** Of what the model says. */
  let version: number;

  beforeEach(() => {
    model = irregularModel(vocabulary, 1);
    version = 1;
    const pace = new ReadingPace({ msPerToken: 1, charsPerToken: 1 });
    context = new DocumentContext({
      model,
      vocabulary,
      pieces: new PieceIndex(vocabulary),
      pace,
      clock: new ManualTime(),
      version: () => version,
    });
  });

  /** What a model that reads the text from the document's start has read at the last boundary. */
  const wholeState = (text: string): readonly number[] => [
    vocabulary.startId,
    ...vocabulary.encode(text.slice(0, vocabulary.lastBoundary(text))),
  ];
  const read = (text: string, options = EVERYTHING): CaretState<readonly number[]> => {
    const state = finish(context.read(fromStart(text), options));
    assert.ok(state !== undefined);
    assert.equal(new TextDecoder().decode(state.typedBytes), text.slice(vocabulary.lastBoundary(text)));
    return state;
  };
  const deepen = (window: DocumentWindow): void => {
    finish(context.deepen(window, () => false));
  };
  /** Model steps that `work` takes. */
  const steps = (work: () => unknown): number => {
    const before = model.stepCount;
    work();
    return model.stepCount - before;
  };

  it("reads a document from its start", () => {
    assert.deepEqual(read("let a = 1;\nlet b = a").node.state, wholeState("let a = 1;\nlet b = a"));
    assert.deepEqual(read("").node.state, [vocabulary.startId]);
  });

  it("tells the model of what stands above the part of a long document that it reads", () => {
    const told: string[] = [];
    model.initialState = (before: readonly number[] = []) => {
      told.push(vocabulary.decode(before));
      return [];
    };
    const text = lines(400);
    deepen(fromStart(text));
    assert.equal(told[0], "", "not of the first look, which is to be quick");
    const above = told.at(-1) ?? "";
    assert.ok(above.length > 4_000 && text.includes(above), `${above.length} characters`);
    assert.ok(text.length - text.indexOf(above) - above.length < 4_200, "it ends where reading begins");
  });

  it("costs the new characters only while typing", () => {
    const text = `${lines(40)}return `;
    read(text);
    assert.equal(
      steps(() => read(`${text}x`)),
      0,
    );
    assert.equal(
      steps(() => read(`${text}xy `)),
      3,
    );
    assert.equal(
      steps(() => read(`${text}xy `)),
      0,
    );
    assert.equal(
      steps(() => read(`${text}xy \n`)),
      1,
    );
    assert.deepEqual(read(`${text}xy \nz`).node.state, wholeState(`${text}xy \nz`));
  });

  it("costs nothing to go back to what was read", () => {
    const text = lines(40);
    read(text);
    const earlier = text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1);
    assert.equal(
      steps(() => assert.deepEqual(read(earlier).node.state, wholeState(earlier))),
      0,
    );
  });

  it("reads again from the nearest line above a change", () => {
    const text = lines(40);
    read(text);
    const changed = text.replace("line 30 ", "lime 30 ");
    const rest = changed.length - changed.indexOf("lime 30 ");
    assert.equal(
      steps(() => assert.deepEqual(read(changed).node.state, wholeState(changed))),
      rest,
    );
  });

  it("answers from less context where reading all would take too long, and from all once it was read", () => {
    const text = `${lines(100)}let x = `;
    const quick = read(text, { maxChars: 60, shouldStop: () => false });
    assert.ok(model.stepCount <= 62, `${model.stepCount} steps`);
    assert.deepEqual(quick.node.state?.slice(1), wholeState(text).slice(-(quick.node.state?.length ?? 0) + 1));
    deepen(fromStart(text));
    const deep = steps(() =>
      assert.deepEqual(read(text, { maxChars: 60, shouldStop: () => false }).node.state, wholeState(text)),
    );
    assert.equal(deep, 0);
  });

  it("answers after an edit above from a state that has read the lines above the caret", () => {
    const text = `${lines(100)}let x = `;
    deepen(fromStart(text));
    const edited = `edited;\n${text.replace("line 90 ", "lime 90 ")}`;
    const tight = { maxChars: 60, shouldStop: () => false };
    const near = read(edited, tight);
    assert.ok(
      near.node.state !== undefined && near.node.state.length > 1000,
      "the state has read more than there was time to read now",
    );
    deepen(fromStart(edited));
    assert.deepEqual(read(edited, tight).node.state, wholeState(edited));
  });

  it("keeps the context of a document that has outgrown the window", () => {
    const text = `${lines(100)}let x = `;
    deepen(fromStart(text));
    const cut = text.indexOf("line 20 ");
    const window = { text: text.slice(cut), isFromStart: false };
    let state: CaretState<readonly number[]> | undefined;
    assert.equal(
      steps(() => (state = finish(context.read(window, EVERYTHING)))),
      0,
    );
    assert.deepEqual(state?.node.state, wholeState(text));
    const typed = { text: `${window.text}y;\n`, isFromStart: false };
    finish(context.read(typed, EVERYTHING));
    const later = { text: typed.text.slice(typed.text.indexOf("line 40 ")), isFromStart: false };
    assert.equal(
      steps(() => (state = finish(context.read(later, EVERYTHING)))),
      0,
    );
    assert.deepEqual(state.node.state, wholeState(`${text}y;\n`));
  });

  it("reads a few thousand characters of a long document, from a line's start", () => {
    const text = lines(800);
    deepen(fromStart(text));
    assert.ok(model.stepCount > 4000 && model.stepCount < 5200, `${model.stepCount} steps`);
    const state = read(text, { maxChars: 10, shouldStop: () => false }).node.state ?? [];
    assert.equal(state[0], vocabulary.encode("\n")[0]);
    assert.deepEqual(state.slice(-3900), wholeState(text).slice(-3900));
    assert.match(vocabulary.decode(state).slice(1), /^line \d+ /);
  });

  it("does not read a long way down from where it was when the caret jumps", () => {
    const text = lines(800);
    deepen(fromStart(text.slice(0, 3000)));
    assert.ok(steps(() => deepen(fromStart(text))) < 5200);
  });

  it("copes with a line that never ends", () => {
    const text = `${"word ".repeat(1300)}x`;
    const quick = read(text, { maxChars: 50, shouldStop: () => false });
    assert.ok(model.stepCount < 60);
    assert.equal(
      vocabulary
        .decode(quick.node.state ?? [])
        .trim()
        .split(" ")
        .at(-1),
      "word",
    );
    deepen(fromStart(text));
    assert.equal(
      steps(() => read(text, { maxChars: 600, shouldStop: () => false })),
      0,
    );
    const run = "x".repeat(2000);
    assert.ok(finish(context.read(fromStart(run), { maxChars: 50, shouldStop: () => false })) !== undefined);
  });

  it("stops when told to and goes on from there later", () => {
    const text = `${lines(20)}let x = `;
    let left = 200;
    assert.equal(
      finish(context.read(fromStart(text), { maxChars: Infinity, shouldStop: () => left-- <= 0 })),
      undefined,
    );
    const taken = model.stepCount;
    assert.equal(taken, 201);
    assert.deepEqual(read(text).node.state, wholeState(text));
    assert.ok(model.stepCount < text.length + 20, "lines that were read are not read again");
  });

  it("asks the model again after its version has changed, and reads nothing again", () => {
    const text = "one two;\nthree fo";
    const first = read(text);
    first.tree.evaluate([first.node]);
    assert.equal(read(text).tree, first.tree);
    version++;
    const again = read(text);
    assert.equal(again.node.sums, undefined, "what the model said before is not used");
    assert.equal(again.node.state, first.node.state, "what it has read is");
    assert.ok(first.node.sums !== undefined, "a search under way goes on undisturbed");
  });
});

function fromStart(text: string): DocumentWindow {
  return { text, isFromStart: true };
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, n) => `line ${n} has some text;\n`).join("");
}
