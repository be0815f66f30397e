import assert from "node:assert/strict";
import { CountIndex } from "../../../src/models/counting/countIndex.ts";
import type { NearFile } from "../../../src/models/counting/nearestFiles.ts";
import { createPassage } from "../../../src/models/counting/passage.ts";
import type { StartedCounts } from "../../../src/predictor/counting/workspaceCounts.ts";
import type { DocumentWindow } from "../../../src/predictor/contextTrail.ts";
import { LoadedModel } from "../../../src/predictor/loadedModel.ts";
import type { BatchLanguageModel } from "../../../src/models/languageModel.ts";
import { MixtureModel, type MixtureState } from "../../../src/models/mixture/mixtureModel.ts";
import type { GateParameters } from "../../../src/models/mixture/gateParameters.ts";
import { tokenKinds } from "../../../src/models/mixture/tokenKinds.ts";
import { createScalarKernel } from "../../../src/models/neural/scalarKernel.ts";
import { restoreVocabulary } from "../../../src/tokens/restoreVocabulary.ts";
import { tokenTexts } from "../../../src/tokens/tokenTexts.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { chainCheckpoint } from "./chainCheckpoint.ts";

const DOCUMENT = "/ws/a.txt";
const FORESEEN = "x=yzt\n";
const CHECKPOINT = chainCheckpoint(["abcdefgh;", FORESEEN]);

/** Counts of nothing, of which files are told that are counted; all in /ws but what begins with a dot. */
function countsOf(files: readonly NearFile[]): StartedCounts {
  const vocabulary = restoreVocabulary(CHECKPOINT.vocabulary);
  const { size: vocabularySize, startId } = vocabulary;
  return {
    index: new CountIndex({ vocabularySize, startId }),
    vocabulary,
    files: {
      version: 1,
      pathOf: (document) => document,
      isCounted: (document) => /^\/ws\/[^.]/.test(document),
      all: () => files,
    },
  };
}

describe("LoadedModel", () => {
  let model: LoadedModel;

  beforeEach(() => {
    model = new LoadedModel(
      {
        checkpoint: { directory: "/model", checkpoint: CHECKPOINT },
        counts: countsOf([]),
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
  const read = (text: string, document = DOCUMENT): void => {
    const window: DocumentWindow = { text, isFromStart: true };
    for (const work of [
      model.observeTyped(document, window, window),
      model.local.follow(document, window),
      model.context(document).deepen(window, () => false),
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

  it("says elsewhere nothing of what was written in a document that is left out of the counts", () => {
    for (const document of ["/ws/.env", "/home/me/notes.txt"]) {
      read(FORESEEN, document);
      read(FORESEEN.repeat(2), document);
    }
    const known = model.reading.version();
    Array.from(model.enter("/ws/b.txt"));
    assert.equal(model.reading.version(), known);
  });

  const fileAt = (path: string, tokenCount: number): NearFile => ({
    path,
    tokenCount,
    newness: 0,
    passages: () => [createPassage(new Uint16Array(tokenCount).fill(3))],
  });
  const modelAmong = (files: readonly NearFile[], checkpoint: typeof CHECKPOINT | null = CHECKPOINT): LoadedModel =>
    new LoadedModel(
      {
        checkpoint: checkpoint === null ? null : { directory: "/model", checkpoint },
        counts: countsOf(files),
        experts: ["counts", "cache", "lstm"],
      },
      { clock: new ManualTime(), createKernel: createScalarKernel },
    );

  it("counts what is near a document again where another one was being entered in between and given up", () => {
    const among = modelAmong([fileAt("/ws/x.txt", 200), fileAt("/ws/y.txt", 300)]);
    Array.from(among.enter("/ws/x.txt"));
    const before = among.reading.version();
    Array.from(among.enter("/ws/x.txt"));
    assert.equal(among.reading.version(), before, "nothing is done twice");
    among.enter("/ws/y.txt").next();
    const between = among.reading.version();
    assert.notEqual(between, before);
    Array.from(among.enter("/ws/x.txt"));
    assert.notEqual(among.reading.version(), between);
  });

  it("counts nothing that is near as long as there is no network, which alone would ask for it", () => {
    const among = modelAmong([fileAt("/ws/x.txt", 200)], null);
    const before = among.reading.version();
    Array.from(among.enter("/ws/a/own.txt"));
    assert.equal(among.reading.version(), before);
  });
});
