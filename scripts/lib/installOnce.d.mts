import type { Processes } from "./processes.mjs";

export function installOnce(
  target: string,
  processes: Processes,
  fill: (staging: string) => void | Promise<void>,
): Promise<boolean>;
export function writeAtomically(path: string, text: string): void;
