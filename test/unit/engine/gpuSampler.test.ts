import assert from "node:assert/strict";
import { GpuSampler } from "../../../src/engine/gpuSampler.ts";
import { beginGpuUsage, type GpuAnswer } from "../../../src/protocol/gpuUsage.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { RecordingLog } from "../../fakes/recordingLog.ts";
import { GPU } from "../extension/samplePoints.ts";

const READ: GpuAnswer = { kind: "read", gpus: [GPU] };

/** A sampler whose questions are answered when the test says so. */
function setUp() {
  const [clock, log] = [new ManualTime(), new RecordingLog()];
  const asked: { readonly resolve: (answer: GpuAnswer) => void; readonly reject: (error: Error) => void }[] = [];
  const readGpus = (): Promise<GpuAnswer> =>
    new Promise((resolve, reject) => {
      asked.push({ resolve, reject });
    });
  const answer = async (given: GpuAnswer | Error): Promise<void> => {
    const question = asked.at(-1);
    assert.ok(question !== undefined);
    if (given instanceof Error) {
      question.reject(given);
    } else {
      question.resolve(given);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const messages = (): readonly string[] => log.entries.map(({ message }) => message);
  return { clock, asked, answer, messages, sampler: new GpuSampler({ readGpus, clock, log }) };
}

describe("GpuSampler", () => {
  it("asks at the first progress, waits for nobody, and tells once what came", async () => {
    const { sampler, asked, answer } = setUp();
    assert.equal(sampler.take(), undefined);
    assert.equal(asked.length, 1);
    await answer(READ);
    assert.deepEqual(sampler.take(), beginGpuUsage([GPU]));
    assert.equal(sampler.take(), undefined);
  });

  it("asks every five seconds, and never while an answer is under way", async () => {
    const { sampler, asked, answer, clock } = setUp();
    const takeAfter = (ms: number): number => {
      clock.advance(ms);
      sampler.take();
      return asked.length;
    };
    assert.equal(takeAfter(0), 1);
    await answer(READ);
    assert.equal(takeAfter(4999), 1);
    assert.equal(takeAfter(1), 2);
    assert.equal(takeAfter(60_000), 2);
    await answer(READ);
    assert.equal(takeAfter(0), 3);
  });

  for (const [given, words] of [
    [{ kind: "absent" }, /not shown: there is no nvidia-smi/],
    [{ kind: "read", gpus: [] }, /not shown: nvidia-smi tells of no GPU/],
    [{ kind: "failed", reason: "it hangs" }, /not shown: it hangs/],
    [new Error("spawn ENOMEM"), /not shown: .*ENOMEM/],
  ] as const) {
    it(`asks no more, and says so once, after ${given instanceof Error ? "an error" : given.kind}`, async () => {
      const { sampler, asked, answer, clock, messages } = setUp();
      sampler.take();
      await answer(given);
      clock.advance(60_000);
      assert.equal(sampler.take(), undefined);
      assert.equal(asked.length, 1);
      assert.equal(messages().length, 1);
      assert.match(messages()[0] ?? "", words);
    });
  }

  it("writes into the log at first, and then once a minute", async () => {
    const { sampler, answer, clock, messages } = setUp();
    for (let seconds = 0; seconds < 65; seconds += 5) {
      sampler.take();
      await answer(READ);
      clock.advance(5000);
    }
    const line = "GPU: NVIDIA L4, driver 550.54.15, memory 1.26 GB of 24.2 GB, 87 % utilised";
    assert.deepEqual(messages(), [line, line]);
  });
});
