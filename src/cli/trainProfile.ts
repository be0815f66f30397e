import { type StepUsage, usageMs, usageRows, utilisationOf } from "../protocol/stepUsage.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what the steps of a training took: a table for people, an event for programs. */
export function printProfile(usage: StepUsage, terminal: Terminal): void {
  if (terminal.isJson) {
    terminal.event({ type: "profile", ...usage, totalMs: usageMs(usage), utilisation: utilisationOf(usage) });
    return;
  }
  const rows = usageRows(usage);
  const width = Math.max(...rows.map(([name]) => name.length));
  terminal.text(`${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n")}\n`);
}
