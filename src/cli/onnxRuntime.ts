import type { Disposable } from "../base/disposable.ts";
import type { NetworkSpec, WeightMap } from "../models/neural/networkSpec.ts";
import { onnxModel } from "./onnxModel.ts";
import { PythonPeer } from "./pythonPeer.ts";

/** Answers each line of steps to take with a line: milliseconds for each, and what lane 0 expects behind the last. */
const SCRIPT = `
import base64, json, sys, time
try:
    import numpy, onnxruntime
except ImportError as error:
    sys.exit(f"it lacks a package: {error}")
given = json.loads(sys.stdin.readline())
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(base64.b64decode(given["model"]), options, providers=["CPUExecutionProvider"])
names = [one.name for one in session.get_inputs()][1:]
outputs = ["logProbabilities"] + [name + "Next" for name in names]
def run(batch, steps):
    state = {name: numpy.zeros((1, batch, given["hidden"]), numpy.float32) for name in names}
    for step in range(steps):
        tokens = (numpy.arange(batch, dtype=numpy.int64) + step)[None] % given["vocabulary"]
        log, *rest = session.run(outputs, {"tokens": tokens, **state})
        state = dict(zip(names, rest))
    return log
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    run(asked["batch"], asked["steps"])
    began = time.perf_counter()
    log = run(asked["batch"], asked["steps"])
    ms = (time.perf_counter() - began) * 1000 / asked["steps"]
    print(json.dumps({"stepMs": ms, "logProbabilities": log[0, 0].tolist()}), flush=True)
`;

/** What a rival needed for a step with its distribution, and what it expects in lane 0 behind the last. */
export interface RivalAnswer {
  readonly stepMs: number;
  readonly logProbabilities: readonly number[];
}

/** ONNX Runtime in a Python of the user's, on one thread. */
export class OnnxRuntime implements Disposable {
  readonly #peer: PythonPeer;

  private constructor(peer: PythonPeer) {
    this.#peer = peer;
  }

  /** Throws `LmError` where that Python cannot be run or lacks the package. */
  public static async start(python: string, spec: NetworkSpec, weights: WeightMap): Promise<OnnxRuntime> {
    const peer = new PythonPeer({ python, source: SCRIPT, verb: "run the network", packageName: "onnxruntime" });
    const model = Buffer.from(onnxModel(spec, weights)).toString("base64");
    peer.write({ model, hidden: spec.hiddenSize, vocabulary: spec.vocabularySize });
    await peer.read();
    return new OnnxRuntime(peer);
  }

  /** Takes so many steps twice, and times the second. */
  public async time(batch: number, stepCount: number): Promise<RivalAnswer> {
    this.#peer.write({ batch, steps: stepCount });
    return (await this.#peer.read()) as RivalAnswer;
  }

  public dispose(): void {
    this.#peer.dispose();
  }
}
