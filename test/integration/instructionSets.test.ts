import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { skipAloud } from "../skipAloud.ts";

const run = promisify(execFile);

function processorFlags(): ReadonlySet<string> {
  try {
    return new Set(/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(/\s+/));
  } catch {
    return new Set();
  }
}

const sets = [
  { title: "128 bits", environment: { ONEDNN_MAX_CPU_ISA: "SSE41" }, needs: [], least: 0, most: 1e-4 },
  { title: "AVX2", environment: { ONEDNN_MAX_CPU_ISA: "AVX2" }, needs: ["avx2", "fma"], least: 0, most: 1e-4 },
  {
    title: "AVX-512",
    environment: { ONEDNN_MAX_CPU_ISA: "DEFAULT" },
    needs: ["avx512f", "avx512bw", "avx512dq", "avx512vl"],
    least: 0,
    most: 1e-4,
  },
  {
    title: "products in bfloat16",
    environment: { ONEDNN_MAX_CPU_ISA: "DEFAULT", ONEDNN_DEFAULT_FPMATH_MODE: "BF16" },
    needs: ["avx512_bf16"],
    // Eight bits of a factor are kept: less of an error would mean that float32 was computed with.
    least: 1e-4,
    most: 2e-2,
  },
] as const;

describe("Our own ops in the instructions of", function () {
  this.timeout(120_000);
  const outputs: string[] = [];

  for (const { title, environment, needs, least, most } of sets) {
    it(`${title} agree with the portable ones`, async function () {
      const flags = processorFlags();
      const missing = needs.find((flag) => !flags.has(flag));
      if (missing !== undefined) {
        skipAloud(this, `this processor has no ${missing}`);
      }
      if (title === "products in bfloat16" && flags.has("amx_bf16")) {
        skipAloud(this, "this processor has matrix units, so products in bfloat16 are TensorFlow's");
      }
      const { stdout } = await run(process.execPath, ["--import=tsx", "test/support/compareInstructions.ts"], {
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2", ONEDNN_DEFAULT_FPMATH_MODE: "STRICT", ...environment },
      });
      const errors = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Readonly<Record<string, number>>;
      assert.equal(Object.keys(errors).length, 7);
      outputs.push(JSON.stringify(errors));
      for (const [name, error] of Object.entries(errors)) {
        assert.ok(error >= least && error <= most, `${name}: ${error}`);
      }
    });
  }

  it("each its own, for each rounds in its own way", () => {
    assert.equal(new Set(outputs).size, outputs.length);
  });
});
