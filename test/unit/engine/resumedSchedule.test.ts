import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import type { Checkpoint } from "../../../src/checkpoints/checkpoint.ts";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import type { AdamCall, SoftmaxLossCall } from "../../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import type { TrainOptions } from "../../../src/protocol/engineMessages.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { cancelAfter, JobBench, type Trained } from "./jobBench.ts";

type Extent = Pick<TrainOptions, "budgetSeconds" | "epochs">;

const SECONDS = (budgetSeconds: number): Extent => ({ budgetSeconds, epochs: null });
const EPOCHS = (epochs: number): Extent => ({ budgetSeconds: null, epochs });

/** What is said about how the run goes on. */
function scheduleNotice({ events }: Trained): string {
  const messages = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
  return messages.filter((message) => message.startsWith("The earlier run")).join("\n");
}

/** How much of its schedule the run had behind it at its first report, in [0, 1]. */
function firstFraction({ events }: Trained): number {
  return events.find((event) => event.type === "progress")?.fraction ?? NaN;
}

/** Makes the model one of the first versions, whose trainers did not say that they had come to their end. */
async function forgetEnd({ files }: JobBench): Promise<void> {
  const store = openCheckpointStore("/model", files, sha256);
  const read = await store.readResume();
  assert.ok(read.kind === "resume");
  const { isComplete, ...trainer } = read.resume.trainer;
  assert.equal(typeof isComplete, "boolean");
  await store.write(read.checkpoint, { ...read.resume, trainer });
}

async function checkpointOf({ files }: JobBench): Promise<Checkpoint> {
  const read = await openCheckpointStore("/model", files, sha256).read();
  assert.ok(read.kind === "checkpoint");
  return read.checkpoint;
}

describe("A training that is resumed", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const [first, second, extent] of [
    [EPOCHS(1), EPOCHS(3), "3 epochs"],
    [SECONDS(16), SECONDS(24), "24 s"],
    [EPOCHS(1), { budgetSeconds: 40, epochs: 3 }, "40 s or 3 epochs"],
  ] as const) {
    it(`begins a new schedule of ${extent} where the earlier run had come to its end`, async () => {
      const bench = new JobBench();
      const { done } = await bench.train(first);
      assert.ok(done.stopped !== "cancelled");
      const again = await bench.train({ ...second, isResume: true }, cancelAfter(1));
      const expected = `The earlier run had come to its end; a new one of ${extent} begins with what it learnt.`;
      assert.equal(scheduleNotice(again), expected);
      assert.ok(firstFraction(again) < 0.3, String(firstFraction(again)));
    });
  }

  it("is over where it came to its end without anything better: the next begins a schedule of its own", async () => {
    const bench = new JobBench();
    await bench.train(EPOCHS(6), cancelAfter(16));
    const settings = { maxTemperature: 1 };
    // An optimizer that never moves.
    const adam = ({ parameter, m, v }: AdamCall) => ({ parameter: parameter.clone(), m: m.clone(), v: v.clone() });
    bench.kernels = { ...portableKernels, adam };
    // The weights where it was stopped may be better than those of the last look.
    await bench.train({ ...EPOCHS(6), isResume: true, settings }, cancelAfter(32));
    const { weights, progress } = await checkpointOf(bench);
    const nothing = await bench.train({ ...EPOCHS(6), isResume: true, settings });
    assert.match(nothing.done.nothingLearnt ?? "", /^The earlier model is kept/);
    const after = await checkpointOf(bench);
    assert.deepEqual([after.weights, after.progress.validation], [weights, progress.validation]);
    const again = await bench.train({ ...EPOCHS(6), isResume: true, settings }, cancelAfter(1));
    assert.match(scheduleNotice(again), /had come to its end/);
  });

  it("goes on with the rate halved where the loss had exploded, unless one is given, and ends at the next explosion", async () => {
    /** Loses the numbers of a step, counted in each call of `train`. */
    const losing = async (
      bench: JobBench,
      lostStep: number,
      ...order: Parameters<JobBench["train"]>
    ): Promise<Trained> => {
      let stepCount = 0;
      bench.kernels = {
        ...portableKernels,
        softmaxLoss: (call: SoftmaxLossCall) => {
          const loss = portableKernels.softmaxLoss(call);
          stepCount += tf.engine().state.gradientDepth > 0 ? 1 : 0;
          return stepCount === lostStep ? tf.mul<tf.Scalar>(loss, Number.NaN) : loss;
        },
      };
      return bench.train(...order);
    };
    const recoveries = ({ events }: Trained): number =>
      events.filter((event) => event.type === "notice" && event.message.includes("half the learning rate")).length;
    const resumed = async (
      lostSteps: readonly [number, number],
      options: Partial<TrainOptions> = {},
    ): Promise<Trained> => {
      const bench = new JobBench();
      const first = await losing(bench, lostSteps[0], EPOCHS(6), cancelAfter(24));
      assert.equal(recoveries(first), lostSteps[0] === 0 ? 0 : 1);
      const end = lostSteps[1] === 0 ? [cancelAfter(26)] : [];
      return losing(bench, lostSteps[1], { ...EPOCHS(6), ...options, isResume: true }, ...end);
    };
    const rateOf = ({ events }: Trained): number =>
      events.find((event) => event.type === "progress")?.learningRate ?? NaN;
    const whole = rateOf(await resumed([0, 0]));
    assert.ok(Math.abs(rateOf(await resumed([10, 0])) / whole - 0.5) < 0.05);
    assert.ok(rateOf(await resumed([10, 0], { settings: { learningRate: 0.5 } })) / whole > 2);
    for (const lostStep of [1, 3]) {
      const lost = await resumed([10, lostStep]);
      assert.deepEqual([lost.done.stopped, recoveries(lost)], ["nonFinite", 0]);
      assert.match(lost.done.nothingLearnt ?? "", /^The earlier model is kept: .* lower `learningRate`/);
      assert.ok(!lost.events.some(({ type }) => type === "checkpoint"));
    }
  });

  it("goes on along its schedule where it was stopped, and says how much of it is over", async () => {
    const bench = new JobBench();
    await bench.train(EPOCHS(3), cancelAfter(16));
    const again = await bench.train({ ...EPOCHS(3), isResume: true }, cancelAfter(1));
    const share = /^The earlier run was stopped .* along its schedule of 3 epochs, of which (\d+) % is over\.$/u.exec(
      scheduleNotice(again),
    )?.[1];
    assert.ok(firstFraction(again) >= Number(share) / 100 - 0.01, `${firstFraction(again)}, ${share} %`);
  });

  it("begins a new schedule where it was stopped beyond what is given now", async () => {
    const bench = new JobBench();
    await bench.train(SECONDS(60), cancelAfter(20));
    const again = await bench.train({ ...SECONDS(6), isResume: true }, cancelAfter(1));
    assert.match(scheduleNotice(again), /^The earlier run was stopped beyond the 6 s given now; a new one of 6 s/u);
    assert.ok(firstFraction(again) < 0.7);
  });

  it("goes by the limits alone where an older version did not note the end", async () => {
    const bench = new JobBench();
    await bench.train(EPOCHS(1));
    await forgetEnd(bench);
    const beyond = await bench.train({ ...EPOCHS(2), isResume: true }, cancelAfter(1));
    assert.match(scheduleNotice(beyond), /goes on along its schedule of 2 epochs, of which 50 % is over/u);
    const same = new JobBench();
    await same.train(EPOCHS(1));
    await forgetEnd(same);
    const again = await same.train({ ...EPOCHS(1), isResume: true }, cancelAfter(1));
    assert.match(scheduleNotice(again), /had come to its end; a new one of 1 epoch/u);
  });
});
