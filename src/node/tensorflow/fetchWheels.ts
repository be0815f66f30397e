import { rm, statfs } from "node:fs/promises";
import { basename } from "node:path";
import { LmError } from "../../base/errors.ts";
import { downloadWheel, type Python } from "./pip.ts";
import { explainOutcome, isSuccess } from "./runCommand.ts";
import type { SetUpContext } from "./setupContext.ts";

export interface WheelPlan {
  readonly requirements: readonly string[];
  /** Folder where wheels wait until everything is in place. */
  readonly downloads: string;
  /** Folder that gets the files. */
  readonly target: string;
  /** Regular expression (Python's and ours) of the paths that are unpacked. */
  readonly keep: string;
  /** What this is, for people. */
  readonly title: string;
}

/**
 * Downloads wheels and unpacks the wanted part of each. A wheel that turns out to be corrupt is downloaded once more.
 * @throws LmError as `downloadWheel` does, and `commandFailed` for a wheel that stays corrupt
 */
export async function fetchWheels(plan: WheelPlan, python: Python, context: SetUpContext): Promise<void> {
  const { requirements, downloads, target, keep, title } = plan;
  for (const [index, requirement] of requirements.entries()) {
    const ordinal =
      requirements.length === 1 ? title : `${title} (${String(index + 1)} of ${String(requirements.length)})`;
    const download = { requirement, directory: downloads, title: ordinal };
    const wheel = await downloadWheel(download, python, context);
    const failure = await unpackWheel({ wheel, target, keep, title: ordinal }, python, context);
    if (failure !== null) {
      await rm(wheel, { force: true });
      const again = await downloadWheel(download, python, context);
      const secondFailure = await unpackWheel({ wheel: again, target, keep, title: ordinal }, python, context);
      if (secondFailure !== null) {
        await rm(again, { force: true });
        throw new LmError(
          "commandFailed",
          `The downloaded ${basename(again)} is corrupt (${secondFailure}), twice. Clear pip's cache (pip cache purge) or choose another package index, and set up again.`,
        );
      }
    }
  }
}

interface Unpacking {
  readonly wheel: string;
  readonly target: string;
  readonly keep: string;
  readonly title: string;
}

/** Unpacks a wheel; gives back what is wrong with it, or `null`. */
async function unpackWheel(unpacking: Unpacking, python: Python, context: SetUpContext): Promise<string | null> {
  const { wheel, target, keep, title } = unpacking;
  context.onProgress({ phase: "unpacking", message: `Unpacking ${title}` });
  const outcome = await context.run(python.command, ["-c", unpackScript, wheel, target, keep], {
    env: context.env,
    signal: context.signal,
    onLine: (line) => {
      const share = /^UNPACKED (\S+)$/.exec(line)?.[1];
      if (share !== undefined) {
        context.onProgress({ phase: "unpacking", message: `Unpacking ${title}`, fraction: Number(share) });
      }
    },
  });
  context.signal.throwIfAborted();
  if (isSuccess(outcome)) {
    return null;
  }
  const output = outcome.kind === "unstartable" ? outcome.reason : outcome.output;
  const corrupt = /^CORRUPT (.*)$/m.exec(output)?.[1];
  if (corrupt !== undefined) {
    return corrupt;
  }
  if (/Errno 28|Errno 122|No space left/.test(output)) {
    const { bavail, bsize } = await statfs(target);
    const facts = { directory: target, freeBytes: bavail * bsize };
    const advice = "Free some space, or point INKLING_CACHE at a folder on another disk, and set up again.";
    throw new LmError("diskFull", `The disk became full while ${title} was unpacked. ${advice}`, { facts });
  }
  throw new LmError("commandFailed", `${title} could not be unpacked: ${explainOutcome(outcome, 3)} Set up again.`);
}

/** Checks every file's checksum as it writes, and brings big files to the device: a rename must not outlive their bytes. */
const unpackScript = `
import os, re, sys, zipfile, zlib
wheel, target, keep = sys.argv[1:]
try:
    with zipfile.ZipFile(wheel) as archive:
        members = [m for m in archive.infolist() if re.search(keep, m.filename) and not m.filename.endswith("/")]
        total = sum(m.file_size for m in members) or 1
        done = said = 0
        for member in members:
            path = os.path.normpath(os.path.join(target, member.filename))
            if not path.startswith(os.path.normpath(target) + os.sep):
                raise zipfile.BadZipFile("a path leads out of it: " + member.filename)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as sink:
                while True:
                    block = source.read(4194304)
                    if not block:
                        break
                    sink.write(block)
                    done += len(block)
                    if done - said > 33554432:
                        said = done
                        print("UNPACKED %.3f" % (done / total), flush=True)
                if member.file_size > 1000000:
                    sink.flush()
                    os.fsync(sink.fileno())
            mode = (member.external_attr >> 16) & 0o777
            if mode:
                os.chmod(path, mode | 0o600)
        if not members:
            raise zipfile.BadZipFile("it holds none of the expected files")
except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
    print("CORRUPT %s" % error)
    sys.exit(3)
`;
