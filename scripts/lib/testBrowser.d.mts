import type { Processes } from "./processes.mjs";

export interface TestBrowser {
  readonly isNew: boolean;
  readonly executablePath: string;
  readonly environment: Readonly<Record<string, string>>;
}

export function installTestBrowser(
  cache: string,
  processes: Processes,
  note?: (text: string) => void,
): Promise<TestBrowser>;
