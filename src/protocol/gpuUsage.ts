import { readableBytes, readableCount, readableShare } from "../base/readableNumbers.ts";
import { isRecord } from "./shapeChecks.ts";

/** What NVIDIA's driver says of a GPU at one moment; null for what it does not tell, as of a part of one (MIG). */
export interface GpuReading {
  readonly name: string;
  readonly driverVersion: string | null;
  /** Memory that is taken, by every process together. */
  readonly usedBytes: number | null;
  readonly totalBytes: number | null;
  /** Share of the driver's last sample period, a sixth of a second to a second, in which something ran on it; in [0, 1]. */
  readonly utilisation: number | null;
}

/** What asking for the GPUs came to; in the order of `nvidia-smi`, which is that of the bus and not always CUDA's. */
export type GpuAnswer =
  | { readonly kind: "read"; readonly gpus: readonly GpuReading[] }
  /** There is no program to ask, or the GPUs are not to be used. */
  | { readonly kind: "absent" }
  /** `reason` is for people. */
  | { readonly kind: "failed"; readonly reason: string };

/** A GPU over several readings. */
export interface GpuUsage {
  readonly latest: GpuReading;
  /** Shares in [0, 1], added up over the readings that told one. */
  readonly utilisationSum: number;
  /** Readings that told a utilisation. */
  readonly readingCount: number;
}

/** One reading of each GPU, to add others to. */
export function beginGpuUsage(gpus: readonly GpuReading[]): readonly GpuUsage[] {
  return gpus.map((latest) => ({
    latest,
    utilisationSum: latest.utilisation ?? 0,
    readingCount: latest.utilisation === null ? 0 : 1,
  }));
}

/** Both together, GPU by GPU; one that is no longer at its place begins anew. */
export function addGpuUsage(earlier: readonly GpuUsage[], later: readonly GpuUsage[]): readonly GpuUsage[] {
  return later.map((usage, index) => {
    const before = earlier[index];
    return before === undefined || before.latest.name !== usage.latest.name
      ? usage
      : {
          latest: usage.latest,
          utilisationSum: before.utilisationSum + usage.utilisationSum,
          readingCount: before.readingCount + usage.readingCount,
        };
  });
}

/** A reading in one line: `NVIDIA L4, driver 550.54.15, memory 1.26 GB of 24.2 GB, 87 % utilised`; what is not known is left out. */
export function gpuSummary(reading: GpuReading): string {
  const { name, driverVersion, utilisation } = reading;
  const memory = memoryText(reading);
  return [
    name,
    ...(driverVersion === null ? [] : [`driver ${driverVersion}`]),
    ...(memory === null ? [] : [`memory ${memory}`]),
    ...(utilisation === null ? [] : [`${readableShare(utilisation)} utilised`]),
  ].join(", ");
}

/** The newest figures as shortly as a line of progress has room: `GPU 87 %, 1.26 GB`; null where none is known. */
export function gpuFigures(gpus: readonly GpuUsage[]): string | null {
  const texts = gpus.flatMap(({ latest: { utilisation, usedBytes } }, index) => {
    const figures = [
      ...(utilisation === null ? [] : [readableShare(utilisation)]),
      ...(usedBytes === null ? [] : [readableBytes(usedBytes)]),
    ];
    return figures.length === 0 ? [] : [`${gpuLabel(index, gpus.length)} ${figures.join(", ")}`];
  });
  return texts.length === 0 ? null : texts.join(" · ");
}

/** One row a GPU, with its newest figures. */
export function gpuSummaryRows(gpus: readonly GpuReading[]): readonly (readonly [name: string, value: string])[] {
  return gpus.map((reading, index) => [gpuLabel(index, gpus.length), gpuSummary(reading)]);
}

/** The figures of a whole training, for a table. */
export function gpuRows(gpus: readonly GpuUsage[]): readonly (readonly [name: string, value: string])[] {
  return gpus.flatMap(({ latest, utilisationSum, readingCount }, index) => {
    const label = gpuLabel(index, gpus.length);
    const { name, driverVersion } = latest;
    const memory = memoryText(latest);
    const rows: (readonly [string, string])[] = [
      [label, driverVersion === null ? name : `${name}, driver ${driverVersion}`],
    ];
    if (memory !== null) {
      rows.push([`${label} memory`, memory]);
    }
    if (readingCount > 0) {
      const readings = readingCount === 1 ? "1 reading" : `mean of ${readableCount(readingCount)} readings`;
      rows.push([`${label} utilisation`, `${readableShare(utilisationSum / readingCount)}, ${readings}`]);
    }
    return rows;
  });
}

/** Whether a value tells of a GPU over several readings. */
export function isGpuUsage(value: unknown): value is GpuUsage {
  return (
    isRecord(value) &&
    isReading(value["latest"]) &&
    isAmount(value["utilisationSum"]) &&
    isAmount(value["readingCount"]) &&
    value["utilisationSum"] <= value["readingCount"]
  );
}

/** Several have the numbers that `nvidia-smi` gives them. */
function gpuLabel(index: number, count: number): string {
  return count === 1 ? "GPU" : `GPU ${String(index)}`;
}

function memoryText({ usedBytes, totalBytes }: GpuReading): string | null {
  if (usedBytes === null) {
    return totalBytes === null ? null : `${readableBytes(totalBytes)} in all`;
  }
  return totalBytes === null
    ? `${readableBytes(usedBytes)} used`
    : `${readableBytes(usedBytes)} of ${readableBytes(totalBytes)}`;
}

function isReading(value: unknown): value is GpuReading {
  return (
    isRecord(value) &&
    typeof value["name"] === "string" &&
    (value["driverVersion"] === null || typeof value["driverVersion"] === "string") &&
    ["usedBytes", "totalBytes", "utilisation"].every((key) => value[key] === null || isAmount(value[key]))
  );
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
