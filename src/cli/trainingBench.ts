import { availableParallelism } from "node:os";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { LmError } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import { engineEnvironment, keepFreedTensorsMapped } from "../node/tensorflow/engineEnvironment.ts";
import type { BackendChoice, DeviceName } from "../protocol/backendDescription.ts";
import type { EngineRequests } from "../protocol/engineMessages.ts";
import type { TimeTrainingJob, TokenLaw } from "../protocol/timingMessages.ts";
import { createClient, type RequestClient } from "../protocol/requestChannel.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { median } from "./median.ts";
import { ownTorch, provideTorch } from "./provideTorch.ts";
import { TorchTraining } from "./torchTraining.ts";

export interface TrainingShape {
  readonly layerCount: number;
  readonly hiddenSize: number;
}

export interface TrainingBenchArguments {
  readonly shapes: readonly TrainingShape[];
  readonly laneCounts: readonly number[];
  readonly windowTokens: readonly number[];
  readonly vocabularySize: number;
  readonly tokenLaw: TokenLaw;
  /** Times that all are measured, one after the other. */
  readonly roundCount: number;
  /** Steps timed in each round. */
  readonly stepCount: number;
  readonly threadCount: number | null;
  /** Whether everybody is held to the instructions that most laptops have. */
  readonly isHeldToAvx2: boolean;
  readonly backend: BackendChoice;
  /** What to compare with: nothing, or PyTorch in a Python of the user's, or null for one that is fetched. */
  readonly torch: { readonly python: string | null } | null;
}

/** Tokens a second, median of all steps; null where it was not measured. */
export interface TrainingBenchRow {
  readonly shape: string;
  readonly batch: number;
  readonly window: number;
  readonly vocabulary: number;
  readonly tokens: TokenLaw;
  /** As training runs by default. */
  readonly inkling: number;
  readonly inklingFloat32: number;
  readonly torchFloat32: number | null;
  readonly torchBf16: number | null;
  /** inklingFloat32 / torchFloat32, and inkling to the better of PyTorch's modes. */
  readonly ratioFloat32: number | null;
  readonly ratioBest: number | null;
  /** Tensors that training left behind. */
  readonly addedTensors: number;
  readonly residentBytes: number;
}

type Sizes = Omit<TimeTrainingJob, "backend" | "stepCount" | "memorySteps">;

interface Engine extends Disposable {
  readonly client: RequestClient<EngineRequests>;
}

/** What everybody trains first, for a second: JavaScript is compiled as it runs, and a training that lasts minutes has it compiled. */
const WARM_UP = {
  layerCount: 1,
  hiddenSize: 16,
  laneCount: 2,
  windowTokens: 4,
  vocabularySize: 256,
  tokenLaw: "zipf",
} as const;
const WARM_UP_STEPS = 500;

/** Who is measured; the others alternate with it. */
interface Entrant {
  readonly name: "inkling" | "inklingFloat32" | "torchFloat32" | "torchBf16";
  readonly time: (sizes: Sizes, stepCount: number) => Promise<readonly number[]>;
}

interface Field {
  readonly entrants: readonly Entrant[];
  /** Of the engine that trains as by default. */
  readonly memory: { addedTensors: number; residentBytes: number };
}

/** Trains the same networks in Inkling and in PyTorch, alternating, so that all meet the same disturbances. */
export async function runTrainingBench(given: TrainingBenchArguments, context: CommandContext): Promise<ExitCode> {
  const owned = new DisposableStore();
  try {
    const field = await openField(given, context, owned);
    for (const { time } of field.entrants) {
      await time(WARM_UP, WARM_UP_STEPS);
      requireGoingOn(context.signal);
    }
    await measureAll(given, field, context);
    return 0;
  } finally {
    owned.dispose();
  }
}

/** Prints the rows that were measured where it is stopped or fails on the way, too. */
async function measureAll(
  given: TrainingBenchArguments,
  field: Field,
  { signal, terminal }: CommandContext,
): Promise<void> {
  const rows: TrainingBenchRow[] = [];
  try {
    for (const sizes of sizesOf(given)) {
      const row = await measure(sizes, { ...given, field, signal });
      rows.push(row);
      if (!terminal.isJson) {
        terminal.text(`${describe(row)}\n`);
      }
    }
  } finally {
    if (rows.length > 0) {
      terminal.event({ rows });
    }
  }
}

function sizesOf(given: TrainingBenchArguments): readonly Sizes[] {
  const { shapes, laneCounts, windowTokens, vocabularySize, tokenLaw } = given;
  return shapes.flatMap((shape) =>
    laneCounts.flatMap((laneCount) =>
      windowTokens.map((tokens) => ({ ...shape, laneCount, windowTokens: tokens, vocabularySize, tokenLaw })),
    ),
  );
}

async function openField(
  given: TrainingBenchArguments,
  context: CommandContext,
  owned: DisposableStore,
): Promise<Field> {
  const threads = String(given.threadCount ?? availableParallelism());
  const limits: Readonly<Record<string, string>> = {
    TF_NUM_INTRAOP_THREADS: threads,
    OMP_NUM_THREADS: threads,
    ...(given.isHeldToAvx2
      ? { ONEDNN_MAX_CPU_ISA: "AVX2", MKL_ENABLE_INSTRUCTIONS: "AVX2", ATEN_CPU_CAPABILITY: "avx2" }
      : {}),
  };
  const strict = { ...limits, ONEDNN_DEFAULT_FPMATH_MODE: "STRICT", INKLING_CUDNN_PRECISION: "float32" };
  const memory = { addedTensors: 0, residentBytes: 0 };
  const log: Log = {
    write: (level, text) => {
      if (level === "warning") {
        context.terminal.note(text);
      }
    },
  };
  const inkling = (name: Entrant["name"], { client }: Engine): Entrant => {
    return {
      name,
      time: async (sizes, stepCount) => {
        const job = { ...sizes, backend: given.backend, stepCount };
        const answer = await client.request("timeTraining", job, { signal: context.signal });
        memory.addedTensors += answer.addedTensors;
        memory.residentBytes = Math.max(memory.residentBytes, answer.residentBytes);
        return answer.stepMs;
      },
    };
  };
  const exact = owned.add(openEngine(context, { log, environment: strict }));
  const { device, backend } = await exact.client.request("describe", { backend: given.backend });
  const isHalfFast =
    device === "gpu" ||
    (backend === "tensorflow" &&
      !given.isHeldToAvx2 &&
      engineEnvironment({ env: {} })["ONEDNN_DEFAULT_FPMATH_MODE"] === "BF16");
  const entrants = isHalfFast
    ? [
        inkling("inkling", owned.add(openEngine(context, { log, environment: limits }))),
        inkling("inklingFloat32", exact),
      ]
    : [inkling("inklingFloat32", exact)];
  if (given.torch !== null) {
    const torch = owned.add(await openTorch(given.torch, { device, limits }, context));
    const torchEntrant = (name: Entrant["name"], isBfloat16: boolean): Entrant => ({
      name,
      time: (sizes, stepCount) => torch.time({ ...sizes, stepCount, isBfloat16 }),
    });
    entrants.push(torchEntrant("torchFloat32", false));
    if (isHalfFast) {
      entrants.push(torchEntrant("torchBf16", true));
    }
  }
  return { entrants, memory };
}

async function openTorch(
  { python }: NonNullable<TrainingBenchArguments["torch"]>,
  { device, limits }: { readonly device: DeviceName; readonly limits: Readonly<Record<string, string>> },
  context: CommandContext,
): Promise<TorchTraining> {
  const found = python === null ? await provideTorch(context) : ownTorch(python);
  const environment = { ...found.environment, ...limits, ...torchAllocation() };
  const { torch, version } = await TorchTraining.start({ ...found, environment }, device);
  const where = device === "gpu" ? "on the GPU" : `${limits["OMP_NUM_THREADS"] ?? ""} threads`;
  context.terminal.note(`PyTorch ${version}, ${where}`);
  return torch;
}

/** PyTorch has its memory as the engine has: without, it loses a third and more where a step's tensors are larger than what glibc keeps mapped (`docs/benchmarks.md`). */
function torchAllocation(): Readonly<Record<string, string>> {
  return process.platform === "linux" ? keepFreedTensorsMapped : {};
}

function openEngine(
  { startEngine }: CommandContext,
  { log, environment }: { readonly log: Log; readonly environment: Readonly<Record<string, string>> },
): Engine {
  const owned = new DisposableStore();
  const client = owned.add(createClient<EngineRequests>(owned.add(startEngine(log, { environment }))));
  return {
    client,
    dispose: () => {
      owned.dispose();
    },
  };
}

interface Measurement extends Pick<TrainingBenchArguments, "roundCount" | "stepCount"> {
  readonly field: Field;
  readonly signal: AbortSignal;
}

async function measure(sizes: Sizes, { field, roundCount, stepCount, signal }: Measurement): Promise<TrainingBenchRow> {
  const times = new Map(field.entrants.map(({ name }) => [name, [] as number[]]));
  field.memory.addedTensors = 0;
  field.memory.residentBytes = 0;
  for (let round = 0; round < roundCount; round++) {
    for (const { name, time } of field.entrants) {
      times.get(name)?.push(...(await time(sizes, stepCount)));
      requireGoingOn(signal);
    }
  }
  return rowOf(sizes, { times, memory: field.memory });
}

/** Throws `LmError` where the user stopped the measurement. */
function requireGoingOn(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new LmError("cancelled", "The measurement was cancelled.");
  }
}

function rowOf(
  { layerCount, hiddenSize, laneCount, windowTokens, vocabularySize, tokenLaw }: Sizes,
  {
    times,
    memory,
  }: { readonly times: ReadonlyMap<Entrant["name"], readonly number[]>; readonly memory: Field["memory"] },
): TrainingBenchRow {
  const speed = (name: Entrant["name"]): number | null => {
    const all = times.get(name);
    return all === undefined ? null : Math.round((laneCount * windowTokens * 1000) / median(all));
  };
  const inklingFloat32 = speed("inklingFloat32") ?? Number.NaN;
  const inkling = speed("inkling") ?? inklingFloat32;
  const torchFloat32 = speed("torchFloat32");
  const torchBf16 = speed("torchBf16");
  const torchBest = torchFloat32 === null ? null : Math.max(torchFloat32, torchBf16 ?? 0);
  return {
    shape: `${layerCount}×${hiddenSize}`,
    batch: laneCount,
    window: windowTokens,
    vocabulary: vocabularySize,
    tokens: tokenLaw,
    inkling,
    inklingFloat32,
    torchFloat32,
    torchBf16,
    ratioFloat32: torchFloat32 === null ? null : inklingFloat32 / torchFloat32,
    ratioBest: torchBest === null ? null : inkling / torchBest,
    addedTensors: memory.addedTensors,
    residentBytes: memory.residentBytes,
  };
}

function describe(row: TrainingBenchRow): string {
  const ratio = row.ratioFloat32 === null ? "" : `, ${row.ratioFloat32.toFixed(2)} times`;
  const bf16 = row.torchBf16 === null ? "" : `, bf16 ${row.torchBf16}`;
  const torch = row.torchFloat32 === null ? "" : `; PyTorch ${row.torchFloat32}${bf16}`;
  return (
    `${row.shape}, batch ${row.batch}, window ${row.window}, ${row.tokens}: ${row.inkling} tokens/s (float32 ${row.inklingFloat32})` +
    `${torch}${ratio}; ${(row.residentBytes / 2 ** 20).toFixed(0)} MiB`
  );
}
