import type { Processes, StartedProcess } from "./processes.mjs";

export interface EmbeddedEditor {
  readonly isNew: boolean;
  readonly version: string;
  readonly node: string;
  readonly entry: string;
}

export interface EditorProfile {
  readonly userData: string;
  readonly extensions: string;
  readonly configPath: string;
  /** File of the ports that the editor had with this profile. */
  readonly portsPath: string;
}

export interface EditorStart {
  readonly processes: Processes;
  readonly folder: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

export function installEmbeddedEditor(
  cache: string,
  processes: Processes,
  note?: (text: string) => void,
): Promise<EmbeddedEditor>;
export function createProfile(folder: string, moreSettings?: Readonly<Record<string, unknown>>): EditorProfile;
export function installVsix(
  editor: EmbeddedEditor,
  profile: EditorProfile,
  options: { readonly vsix: string; readonly processes: Processes },
): Promise<void>;
export function startEmbeddedEditor(
  editor: EmbeddedEditor,
  profile: EditorProfile,
  options: EditorStart,
): Promise<StartedProcess & { readonly address: string }>;
