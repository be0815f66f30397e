import type { BackendDescription } from "../protocol/engineMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";

/** Says what trains on this machine, and why nothing faster does. */
export async function runDoctor({ engine, terminal, signal, nodeVersion }: CommandContext): Promise<ExitCode> {
  const { backend, device, tensorflow, reasons } = await engine.request("describe", { backend: "auto" }, { signal });
  const report = { node: nodeVersion, backend, device, tensorflow, reasons };
  terminal.result(report, describe(report));
  return 0;
}

function describe({
  node,
  backend,
  device,
  tensorflow,
  reasons,
}: BackendDescription & { readonly node: string }): string {
  const rows = [
    `Node        ${node}`,
    `Backend     ${backend === "tensorflow" ? "TensorFlow" : "portable (WebAssembly)"} on the ${device.toUpperCase()}`,
    `TensorFlow  ${tensorflow === null ? "none" : `${tensorflow.version} in ${tensorflow.path}`}`,
    ...reasons.map((reason) => `            ${reason}`),
  ];
  return rows.join("\n");
}
