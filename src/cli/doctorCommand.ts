import type { BackendDescription } from "../protocol/backendDescription.ts";
import { type GpuReading, gpuSummaryRows } from "../protocol/gpuUsage.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";

/** Says what trains on this machine, which GPUs it has and how they are used now, and why nothing faster trains. */
export async function runDoctor(context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, nodeVersion, cacheDirectory: cache } = context;
  const { backend, device, tensorflow, ...found } = await engine.request("describe", { backend: "auto" }, { signal });
  const answer = await engine.request("readGpus", null, { signal });
  const gpus = answer.kind === "read" ? answer.gpus : [];
  // The search for TensorFlow may have met the same obstacle.
  const reasons = [...new Set([...found.reasons, ...(answer.kind === "failed" ? [answer.reason] : [])])];
  const report = { node: nodeVersion, backend, device, gpus, tensorflow, reasons, cache };
  terminal.result(report, describe(report));
  return 0;
}

function describe({
  node,
  backend,
  device,
  gpus,
  tensorflow,
  reasons,
  cache,
}: BackendDescription & {
  readonly node: string;
  readonly gpus: readonly GpuReading[];
  readonly cache: string;
}): string {
  const rows = [
    `Node        ${node}`,
    `Backend     ${backend === "tensorflow" ? "TensorFlow" : "portable (WebAssembly)"} on the ${device.toUpperCase()}`,
    ...gpuSummaryRows(gpus).map(([label, summary]) => `${label.padEnd(12)}${summary}`),
    `TensorFlow  ${tensorflow === null ? "none" : `${tensorflow.version} in ${tensorflow.path}`}`,
    ...reasons.map((reason) => `            ${reason}`),
    `Cache       ${cache} (INKLING_CACHE moves it)`,
  ];
  return rows.join("\n");
}
