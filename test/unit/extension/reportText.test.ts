import assert from "node:assert/strict";
import { doctorReport, modelReport, sampleHead, sparkline } from "../../../src/extension/reportText.ts";
import { GPU, CORPUS, evaluationPoint, history, MODEL, progressPoint, status } from "./samplePoints.ts";

const PLACES = {
  modelDirectory: "/storage/model",
  cacheDirectory: "/cache",
  inklingVersion: "0.1.0",
  editorVersion: "VS Code 1.100.0",
  nodeVersion: "v20.19.0",
};

describe("modelReport", () => {
  const report = modelReport(
    status({ model: MODEL, corpus: CORPUS }),
    history({
      progress: [progressPoint({ lossNats: Math.log(500) }), progressPoint({ elapsedSeconds: 65, step: 20 })],
      evaluations: [evaluationPoint({ nats: 14_208 * Math.log(40) }), evaluationPoint({ elapsedSeconds: 60 })],
      stopped: "budget",
    }),
    PLACES,
  );

  it("begins as its grammar expects", () => {
    assert.match(report, /^# Inkling report\n\n## Model\nnetwork: LSTM, 1 layer of 512, 1,024 pieces\n/);
  });

  for (const line of [
    "validation perplexity: 8.21, over 14,208 tokens",
    "bits per byte: 0.759 over 61.0 kB",
    "> Curves are on a log scale.",
    "training: █▁ 500 to 20.0",
    "validation: █▁ 40.0 to 8.21",
    "- at 1 min: 8.21, 0.707 bits per byte, over 14,208 tokens, kept",
    "left out for secrets: 3 files, 3 lines",
    "left out, binary: 4 files",
    "steps clipped: 100 %",
    "ended by: budget",
    "model: /storage/model",
    "TensorFlow cache: /cache",
  ]) {
    it(`says \`${line}\``, () => {
      assert.ok(report.split("\n").includes(line), report);
    });
  }

  it("says of a final figure how much of the held-out text it is over, and draws it in no curve", () => {
    const final = evaluationPoint({ elapsedSeconds: 80, isFinal: true });
    const looks = [40, 30].map((perplexity) =>
      evaluationPoint({ tokens: 7000, nats: 7000 * Math.log(perplexity), elapsedSeconds: 60 }),
    );
    const run = history({ corpus: CORPUS, progress: [progressPoint()], evaluations: [...looks, final] });
    const lines = modelReport(status({ model: MODEL, corpus: CORPUS }), run, PLACES).split("\n");
    for (const line of [
      "validation perplexity: 8.21, final, over 14,208 of 92,108 held-out tokens",
      "validation: █▁ 40.0 to 30.0",
      "- at 1 min 20 s: 8.21, 0.707 bits per byte, final, over 14,208 of 92,108 held-out tokens",
      "time: 1 min 20 s",
    ]) {
      assert.ok(lines.includes(line), `${line}\n${lines.join("\n")}`);
    }
  });

  it("says what to do where there is no model", () => {
    assert.match(
      modelReport(status(), history(), PLACES),
      /^> There is no model of this workspace yet: run the command/m,
    );
  });
});

describe("doctorReport", () => {
  const backend = {
    backend: "portable",
    device: "cpu",
    tensorflow: null,
    reasons: ["No Python 3 was found."],
  } as const;

  it("names backend and reasons, and no GPU where there is none", () => {
    const report = doctorReport({ backend, gpus: { kind: "absent" } }, PLACES);
    assert.match(report, /^# Inkling doctor\n/);
    assert.match(report, /^backend: portable backend \(WebAssembly\)\n> No Python 3 was found\.$/m);
    assert.doesNotMatch(report, /GPU/);
  });

  it("tells how the GPUs are, or why that is not known, once", () => {
    const gpus = [GPU, { ...GPU, name: "NVIDIA A2", usedBytes: null, utilisation: null }];
    const report = doctorReport({ backend, gpus: { kind: "read", gpus } }, PLACES);
    assert.match(
      report,
      /^## GPU\nGPU 0: NVIDIA L4, driver 550\.54\.15, memory 1\.26 GB of 24\.2 GB, 87 % utilised\nGPU 1: NVIDIA A2, driver 550\.54\.15, memory 24\.2 GB in all$/m,
    );
    const failed = { kind: "failed", reason: "nvidia-smi hangs" } as const;
    assert.match(doctorReport({ backend, gpus: failed }, PLACES), /^> Nvidia-smi hangs\.$/m);
    const known = { ...backend, reasons: [failed.reason] };
    assert.equal(doctorReport({ backend: known, gpus: failed }, PLACES).match(/smi hangs/g)?.length, 1);
  });
});

describe("sampleHead", () => {
  it("ends with the line of dashes, and quotes the prompt", () => {
    const head = sampleHead({
      status: status({ model: MODEL }),
      prompt: 'a "b"\n',
      temperature: 0.8,
      lengthTokens: 400,
      seed: 7,
    });
    assert.match(head, /^# Inkling sample\n/);
    assert.ok(head.includes('prompt: "a \\"b\\"\\n"\n'));
    assert.ok(head.endsWith("seed: 7\n---\n"));
  });
});

describe("sparkline", () => {
  it("draws the lowest and the highest value as such", () => {
    assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█");
  });

  it("is flat for equal values and empty for none", () => {
    assert.equal(sparkline([3, 3]), "▁▁");
    assert.equal(sparkline([]), "");
  });

  it("is no wider than asked", () => {
    assert.equal(
      sparkline(
        Array.from({ length: 1000 }, (_, index) => index),
        10,
      ).length,
      10,
    );
  });
});
