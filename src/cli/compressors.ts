import { spawn } from "node:child_process";
import { LmError } from "../base/errors.ts";

/** Bytes that compressors need for a text once they have seen another. */
export interface CompressedSizes {
  readonly xzBytes: number;
  readonly ppmdBytes: number;
}

/** What a compressor adds to what it made of the training text: it learns from both as it goes. PPMd is variant H of order 16 with 1 GiB. */
const SCRIPT = `
import json, lzma, sys
try:
    import pyppmd
except ImportError:
    sys.exit("it has no package pyppmd")
texts = json.load(sys.stdin)
seen = "".join(texts["training"]).encode()
both = seen + "".join(texts["heldOut"]).encode()
def ppmd(data):
    encoder = pyppmd.Ppmd7Encoder(16, 1 << 30)
    return len(encoder.encode(data)) + len(encoder.flush())
def xz(data):
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
print(json.dumps({"xzBytes": xz(both) - xz(seen), "ppmdBytes": ppmd(both) - ppmd(seen)}))
`;

/**
 * What xz and PPMd make of held-out text behind training text.
 * @param python program of a Python with the package `pyppmd`
 * Throws `LmError` where that Python cannot be run or lacks the package, or the work was cancelled.
 */
export async function compressBehind(
  texts: { readonly training: readonly string[]; readonly heldOut: readonly string[] },
  { python, signal }: { readonly python: string; readonly signal: AbortSignal },
): Promise<CompressedSizes> {
  const { code, out, err } = await runPython(python, { input: JSON.stringify(texts), signal });
  if (signal.aborted) {
    throw new LmError("cancelled", "The measurement was cancelled.");
  }
  if (code !== 0) {
    const why = err.trim().split("\n").at(-1) ?? "";
    throw new LmError("badArgument", `${python} cannot compress: ${why}. Name a Python with the package pyppmd.`);
  }
  return JSON.parse(out) as CompressedSizes;
}

function runPython(
  python: string,
  { input, signal }: { readonly input: string; readonly signal: AbortSignal },
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const child = spawn(python, ["-c", SCRIPT], { signal });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("error", (error) => {
      resolve({ code: null, out, err: error.message });
    });
    child.on("close", (code) => {
      resolve({ code, out, err });
    });
    // A Python that ends before it has read everything has said why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
