import type { BackendDescription } from "../protocol/engineMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";

/** Says what trains on this machine, and why nothing faster does. */
export async function runDoctor(context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, nodeVersion, cacheDirectory: cache } = context;
  const { backend, device, tensorflow, reasons } = await engine.request("describe", { backend: "auto" }, { signal });
  const report = { node: nodeVersion, backend, device, tensorflow, reasons, cache };
  terminal.result(report, describe(report));
  return 0;
}

function describe({
  node,
  backend,
  device,
  tensorflow,
  reasons,
  cache,
}: BackendDescription & { readonly node: string; readonly cache: string }): string {
  const rows = [
    `Node        ${node}`,
    `Backend     ${backend === "tensorflow" ? "TensorFlow" : "portable (WebAssembly)"} on the ${device.toUpperCase()}`,
    `TensorFlow  ${tensorflow === null ? "none" : `${tensorflow.version} in ${tensorflow.path}`}`,
    ...reasons.map((reason) => `            ${reason}`),
    `Cache       ${cache} (INKLING_CACHE moves it)`,
  ];
  return rows.join("\n");
}
