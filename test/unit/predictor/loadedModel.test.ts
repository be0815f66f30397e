import assert from "node:assert/strict";
import type { DocumentWindow } from "../../../src/predictor/contextTrail.ts";
import { LoadedModel } from "../../../src/predictor/loadedModel.ts";
import type { BatchLanguageModel } from "../../../src/models/languageModel.ts";
import { MixtureModel, type MixtureState } from "../../../src/models/mixture/mixtureModel.ts";
import type { GateParameters } from "../../../src/models/mixture/gateParameters.ts";
import { tokenKinds } from "../../../src/models/mixture/tokenKinds.ts";
import { createScalarKernel } from "../../../src/models/neural/scalarKernel.ts";
import { tokenTexts } from "../../../src/tokens/tokenTexts.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { chainCheckpoint } from "./chainCheckpoint.ts";

const DOCUMENT = "/ws/a.txt";
const FORESEEN = "x=yzt\n";

describe("LoadedModel", () => {
  let model: LoadedModel;

  beforeEach(() => {
    model = new LoadedModel(
      {
        checkpoint: { directory: "/model", checkpoint: chainCheckpoint(["abcdefgh;", FORESEEN]) },
        counts: null,
        experts: ["cache", "lstm"],
      },
      { clock: new ManualTime(), createKernel: createScalarKernel },
    );
  });

  const gate = (): GateParameters => {
    assert.ok(model.reading.model instanceof MixtureModel);
    return model.reading.model.gate;
  };
  /** What happens behind every key: the text before the caret is `text`. */
  const read = (text: string): void => {
    const window: DocumentWindow = { text, isFromStart: true };
    for (const work of [
      model.observeTyped(DOCUMENT, window, window),
      model.local.follow(DOCUMENT, window),
      model.context(DOCUMENT).deepen(window, () => false),
    ]) {
      Array.from(work);
    }
  };

  it("learns whom to trust from a line once it is finished, and once only", () => {
    const before = gate();
    read(FORESEEN);
    read(`${FORESEEN}x=y`);
    assert.deepEqual(gate(), before, "what was there and what is being typed teach nothing");
    read(FORESEEN.repeat(2));
    const after = gate();
    assert.notDeepEqual(after, before);
    read(`${FORESEEN.repeat(2)}x`);
    read(FORESEEN.repeat(2));
    assert.deepEqual(gate(), after);
  });

  it("learns from a line once also where a second reading begins before the first has counted it", () => {
    read(FORESEEN);
    const window: DocumentWindow = { text: FORESEEN.repeat(2), isFromStart: true };
    Array.from(model.observeTyped(DOCUMENT, window, window));
    const after = gate();
    Array.from(model.observeTyped(DOCUMENT, window, window));
    assert.deepEqual(gate(), after);
  });

  it("learns nothing from text that was pasted, moved or opened", () => {
    const before = gate();
    read(FORESEEN);
    read(FORESEEN.repeat(4));
    read(`abc\n${FORESEEN.repeat(4)}`);
    read("");
    read(FORESEEN.repeat(2));
    assert.deepEqual(gate(), before);
  });

  it("expects what came to come again the more surely, the more often the experts were right", () => {
    const { vocabulary } = model.reading;
    const surprise = (mixture: BatchLanguageModel<MixtureState>): number => {
      const out = new Float32Array(vocabulary.size);
      let state = mixture.initialState();
      let nats = 0;
      for (const token of vocabulary.encode("\nx=yzt")) {
        mixture.logProbabilities(state, out);
        nats -= out[token] as number;
        state = mixture.advance(state, token);
      }
      return nats;
    };
    for (let lines = 1; lines <= 40; lines++) {
      read(FORESEEN.repeat(lines));
    }
    const untaught = new MixtureModel({
      ...model.experts,
      vocabularySize: vocabulary.size,
      startId: vocabulary.startId,
      kinds: tokenKinds(tokenTexts(vocabulary)),
      gate: null,
    });
    assert.ok(surprise(model.reading.model) < surprise(untaught));
  });

  it("knows what was written lately in another document, and still does when a new model comes", () => {
    read(FORESEEN);
    read(FORESEEN.repeat(2));
    const { version } = model.reading;
    const before = version();
    Array.from(model.enter(DOCUMENT));
    assert.equal(version(), before, "what is written in a document is in mind there already");
    const sources = model.sources;
    const next = new LoadedModel(sources, { clock: new ManualTime(), createKernel: createScalarKernel }, model);
    const known = next.reading.version();
    Array.from(next.enter("/ws/b.txt"));
    assert.equal(next.reading.version(), known + FORESEEN.length);
    Array.from(next.enter("/ws/b.txt"));
    assert.equal(next.reading.version(), known + FORESEEN.length);
  });
});
