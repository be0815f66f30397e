import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { loadPortable, type PortableContext } from "../../src/engine/portableBackend.ts";
import { startTrainerHelpers } from "../../src/engine/trainerHelpers.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import { SHARED_BACKEND } from "../../src/models/neural/wasm/registerShared.ts";
import { instantiateTrainer, JOBS } from "../../src/models/neural/wasm/trainerModule.ts";
import { createControl, WorkCrew } from "../../src/models/neural/wasm/workCrew.ts";
import { wasmFiles } from "../../src/node/wasmFiles.ts";
import { RecordingLog } from "../fakes/recordingLog.ts";
import {
  largestDifference,
  lossAndGradients,
  randomWindow,
  TINY_SPEC,
  tinyWeights,
  usePlainBackend,
} from "../support/tinyNetwork.ts";
import { bundle } from "./distFolder.ts";

const SIGMOID = JOBS.indexOf("sigmoid");
/** Beyond the memory of one page, so that the job that gets it fails. */
const NOWHERE = 2 ** 31;

describe("The portable backend", function () {
  this.timeout(60_000);
  let log: RecordingLog;

  beforeEach(() => {
    log = new RecordingLog();
    if (tf.engine().backendNames().includes(SHARED_BACKEND)) {
      tf.removeBackend(SHARED_BACKEND);
    }
  });

  after(usePlainBackend);

  const logged = (): string => log.entries.map(({ message }) => message).join("\n");

  const contextOf = (changes: Partial<PortableContext> = {}): PortableContext => ({
    log,
    readWasm: wasmFiles(join(dirname(bundle("engine.cjs")), "wasm")),
    helperPath: bundle("engineHelper.cjs"),
    threadCount: 3,
    ...changes,
  });

  /** Loss and gradients of windows one after the other agree with those of plain JavaScript. */
  async function checkKernels(kernels: typeof portableKernels): Promise<void> {
    const spec = { ...TINY_SPEC, vocabularySize: 97, hiddenSize: 48 };
    const weights = tinyWeights(spec);
    for (let seed = 0; seed < 8; seed++) {
      const window = { ...randomWindow(6, 14, seed), resets: [[2, 3]] as const };
      const name = tf.getBackend();
      const actual = lossAndGradients(weights, kernels, { window, spec });
      await tf.setBackend("cpu");
      const expected = lossAndGradients(weights, portableKernels, { window, spec });
      await tf.setBackend(name);
      assert.ok(Math.abs(actual.nats - expected.nats) < 1e-2 * 84e-3);
      for (const [parameter, gradient] of expected.gradients) {
        assert.ok(largestDifference(actual.gradients.get(parameter) ?? [], gradient) < 1e-5, parameter);
      }
    }
  }

  it("computes in threads what one thread computes", async () => {
    const kernels = await loadPortable(contextOf());
    assert.equal(tf.getBackend(), SHARED_BACKEND);
    assert.deepEqual(log.entries, []);
    await checkKernels(kernels);
  });

  it("goes on with one thread, and says so, where no other can be started", async () => {
    const kernels = await loadPortable(
      contextOf({ threadCount: 2, helperPath: join(bundle("engine.cjs"), "missing.cjs") }),
    );
    assert.equal(log.entries.length, 1);
    assert.match(logged(), /helper thread of the training cannot be started/);
    await checkKernels(kernels);
  });

  for (const [what, changes] of [
    ["without SIMD", { validate: () => false }],
    ["where the module cannot be read", { readWasm: wasmFiles("/nowhere") }],
  ] as const) {
    it(`falls back to plain JavaScript ${what}, and says so`, async () => {
      assert.equal(await loadPortable(contextOf(changes)), portableKernels);
      assert.equal(tf.getBackend(), "cpu");
      assert.match(logged(), /plain JavaScript, which is very slow/);
    });
  }

  it("fails clearly where a helper ends with what it had taken, and works alone from then on", async () => {
    const module = new WebAssembly.Module(contextOf().readWasm("trainer.wasm"));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const control = createControl();
    const ticket = new Int32Array(control);
    let lossCount = 0;
    const lost = new Promise<void>((resolve) => {
      void startTrainerHelpers({
        path: bundle("engineHelper.cjs"),
        count: 1,
        data: { module, memory, control },
        log,
        onLoss: () => {
          lossCount++;
          resolve();
        },
      }).then((startedCount) => {
        const { jobs } = instantiateTrainer(module, memory);
        // This thread's part is done when the helper has taken the other one.
        const patient = jobs.map((job, index) =>
          index !== SIGMOID
            ? job
            : () => {
                while ((Atomics.load(ticket, 0) & 0xff) > 0) {
                  // The helper is on its way.
                }
              },
        );
        const crew = new WorkCrew(control, patient);
        crew.admitHelpers(startedCount);
        assert.equal(crew.threadCount, 2);
        assert.throws(() => crew.run(SIGMOID, 2, [64, NOWHERE, NOWHERE]), /helper thread of the training ended/);
        assert.equal(crew.threadCount, 1);
        crew.run(JOBS.indexOf("tanh"), 2, [64, 1024, 2048]);
      });
    });
    await lost;
    assert.equal(lossCount, 1);
    assert.match(logged(), /out of bounds/);
  });
});
