import assert from "node:assert/strict";
import { binOfNorm } from "../../../src/base/normBins.ts";
import {
  clipNormOf,
  gradientColumns,
  gradientHistogram,
  gradientSpread,
  perplexityColumns,
  smooth,
  totalClippedFraction,
} from "../../../src/dashboard/chartData.ts";
import { evaluationPoint, history, progressPoint } from "../extension/samplePoints.ts";

describe("perplexityColumns", () => {
  it("merges training and validation in time, with gaps where a series has no value", () => {
    const [seconds, training, , validation] = perplexityColumns(
      history({
        progress: [
          progressPoint({ elapsedSeconds: 1, lossNats: Math.log(20) }),
          progressPoint({ elapsedSeconds: 3, lossNats: Math.log(10) }),
        ],
        evaluations: [evaluationPoint({ elapsedSeconds: 2, tokens: 100, nats: 100 * Math.log(12) })],
      }),
    );
    assert.deepEqual(seconds, [1, 2, 3]);
    assert.deepEqual(
      training?.map((value) => value && Math.round(value)),
      [20, null, 10],
    );
    assert.deepEqual(
      validation?.map((value) => value && Math.round(value)),
      [null, 12, null],
    );
  });

  it("is empty for an empty run", () => {
    assert.deepEqual(perplexityColumns(history()), [[], [], [], [], []]);
  });

  it("draws final measurements apart from those on the way", () => {
    const live = evaluationPoint({ elapsedSeconds: 2, tokens: 100, nats: 100 * Math.log(12) });
    const final = evaluationPoint({ elapsedSeconds: 3, tokens: 900, nats: 900 * Math.log(13), isFinal: true });
    const [, , , validation, finals] = perplexityColumns(history({ evaluations: [live, final] }));
    assert.deepEqual(
      [validation, finals].map((column) => column?.map((value) => value && Math.round(value))),
      [
        [12, null],
        [null, 13],
      ],
    );
  });
});

describe("smooth", () => {
  const points = Array.from({ length: 100 }, (_, index) => progressPoint({ elapsedSeconds: index }));

  it("leaves a constant as it is", () => {
    assert.ok(
      smooth(
        points,
        points.map(() => 5),
      ).every((value) => Math.abs(value - 5) < 1e-12),
    );
  });

  it("halves an impulse's weight each half-life", () => {
    const values = smooth(
      points,
      points.map((_, index) => (index < 50 ? 0 : 1)),
    );
    const gap = (index: number): number => 1 - (values[index] ?? 0);
    assert.ok(Math.abs(gap(53) / gap(52) - 0.5 ** (1 / 0.99)) < 0.01, `${gap(53)} / ${gap(52)}`);
  });

  it("starts at the first value, not at zero", () => {
    assert.equal(
      smooth(
        points,
        points.map((_, index) => 100 - index),
      )[0],
      100,
    );
  });
});

describe("Clipping figures", () => {
  const clipped = progressPoint({ stepCount: 1, gradientNorm: 4, clippedGradientNorm: 1.25, clippedFraction: 1 });
  const free = progressPoint({ stepCount: 3, gradientNorm: 0.5, clippedGradientNorm: 0.5, clippedFraction: 0 });

  it("weigh the share of clipped steps by steps", () => {
    assert.equal(totalClippedFraction(history({ progress: [clipped, free] })), 0.25);
    assert.equal(totalClippedFraction(history()), null);
  });

  it("take the threshold from the engine, else from steps that were all clipped", () => {
    assert.equal(clipNormOf(history({ progress: [clipped, free] })), 1.25);
    assert.equal(clipNormOf(history({ clipNorm: 1, progress: [clipped] })), 1);
    assert.equal(clipNormOf(history({ progress: [free] })), null);
  });

  it("spread by steps, not by points", () => {
    const spread = gradientSpread(history({ progress: [clipped, free] }));
    assert.deepEqual(spread, { least: 0.5, median: 0.5, mean: (4 + 1.5) / 4, most: 4 });
    assert.equal(gradientSpread(history()), null);
  });

  it("leave norms of zero out of a logarithmic chart", () => {
    const [, before] = gradientColumns(history({ progress: [progressPoint({ gradientNorm: 0 }), free] }));
    assert.deepEqual(before, [null, 0.5]);
  });
});

describe("gradientHistogram of single steps", () => {
  it("has the norms of steps, not the means of reports, and those where there are no others", () => {
    const told = progressPoint({ gradientNorm: 1.07, stepCount: 11, normCounts: [[binOfNorm(0.5), 9], [binOfNorm(4), 2]] }); // prettier-ignore
    const spread = gradientSpread(history({ progress: [told] }));
    assert.ok(spread !== null && Math.abs(spread.least - 0.5) < 0.02 && Math.abs(spread.most - 4) < 0.1);
    assert.equal(spread.median, spread.least);
    const { counts } = gradientHistogram(
      history({ progress: [told, progressPoint({ gradientNorm: 1, stepCount: 5 })] }),
      4,
    );
    assert.deepEqual([counts[0], counts.at(-1)], [9, 2]);
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      16,
    );
  });
});

describe("gradientHistogram", () => {
  it("counts every step once, within its bounds", () => {
    const progress = Array.from({ length: 200 }, (_, index) =>
      progressPoint({ stepCount: 2, gradientNorm: 0.1 * 1.03 ** index }),
    );
    const { bounds, counts } = gradientHistogram(history({ progress }), 10);
    assert.equal(bounds.length, 11);
    assert.equal(
      counts.reduce((a, b) => a + b, 0),
      400,
    );
    assert.ok(Math.abs((bounds[0] ?? 0) - 0.1) < 1e-9);
    assert.ok(
      counts.every((count) => count >= 36 && count <= 44),
      counts.join(" "),
    );
  });

  it("has room for norms that are all the same", () => {
    const { counts } = gradientHistogram(history({ progress: [progressPoint(), progressPoint()] }), 4);
    assert.deepEqual(counts, [20, 0, 0, 0]);
  });

  it("is empty before the first step", () => {
    assert.deepEqual(gradientHistogram(history()), { bounds: [], counts: [] });
  });
});
