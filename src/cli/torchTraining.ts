import type { Disposable } from "../base/disposable.ts";
import type { DeviceName } from "../protocol/backendDescription.ts";
import type { TimeTrainingJob } from "../protocol/timingMessages.ts";
import type { TorchPython } from "./provideTorch.ts";
import { PythonPeer } from "./pythonPeer.ts";

/** The same network, loss, clipping and optimizer in PyTorch; answers each line with the times of its steps. */
const SCRIPT = `
import json, os, sys, time
try:
    import torch
except ImportError:
    sys.exit("it has no package torch")
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
class Network(torch.nn.Module):
    def __init__(self, layers, hidden, vocabulary):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, hidden)
        self.lstm = torch.nn.LSTM(hidden, hidden, layers)
        self.bias = torch.nn.Parameter(torch.zeros(vocabulary))
    def forward(self, tokens, state):
        rows, state = self.lstm(self.embedding(tokens), state)
        return torch.nn.functional.linear(rows.flatten(0, 1), self.embedding.weight, self.bias), state
key, network = None, None
device = sys.argv[1]
if device == "cuda" and not torch.cuda.is_available():
    sys.exit("its PyTorch finds no GPU")
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    sizes = job["layerCount"], job["hiddenSize"], job["vocabularySize"]
    shape = job["windowTokens"], job["laneCount"]
    wanted = sizes, shape, job["tokenLaw"]
    if key != wanted:
        torch.manual_seed(1)
        key, network = wanted, Network(*sizes).to(device)
        optimizer = torch.optim.Adam(network.parameters(), 1e-3)
        ranks = torch.arange(1, sizes[2] + 1, device=device)
        likely = torch.ones_like(ranks).double() if job["tokenLaw"] == "uniform" else 1 / ranks.double()
        draw = lambda: torch.multinomial(likely, shape[0] * shape[1], replacement=True)
        inputs, targets = draw().view(shape), draw()
    state, times = None, []
    for step in range(job["stepCount"] + 2):
        began = time.perf_counter()
        with torch.autocast(device, dtype=torch.bfloat16, enabled=job["isBfloat16"]):
            logits, state = network(inputs, state)
            loss = torch.nn.functional.cross_entropy(logits.float(), targets)
        state = tuple(part.detach() for part in state)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        loss.item()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - began) * 1000)
    print(json.dumps(times[2:]), flush=True)
`;

/** What is timed in Inkling too, but for where it runs. */
export interface TorchJob extends Omit<TimeTrainingJob, "backend" | "memorySteps"> {
  /** Whether products run in bfloat16 (autocast). */
  readonly isBfloat16: boolean;
}

/** PyTorch in a Python of the user's. */
export class TorchTraining implements Disposable {
  readonly #peer: PythonPeer;

  private constructor(peer: PythonPeer) {
    this.#peer = peer;
  }

  /** `environment` has `OMP_NUM_THREADS`. Throws `LmError` where that Python cannot be run, or has no PyTorch or no GPU that was asked for. */
  public static async start(
    { python, environment }: TorchPython,
    device: DeviceName,
  ): Promise<{ readonly torch: TorchTraining; readonly version: string }> {
    const given = { python, environment, source: SCRIPT, arguments: [device === "gpu" ? "cuda" : "cpu"] };
    const peer = new PythonPeer({ ...given, verb: "train", packageName: "torch" });
    const { version } = (await peer.read()) as { version: string };
    return { torch: new TorchTraining(peer), version };
  }

  /** Milliseconds of each step. */
  public async time(job: TorchJob): Promise<readonly number[]> {
    this.#peer.write(job);
    return (await this.#peer.read()) as readonly number[];
  }

  public dispose(): void {
    this.#peer.dispose();
  }
}
