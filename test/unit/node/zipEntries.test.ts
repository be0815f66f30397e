import assert from "node:assert/strict";
import { crc32, deflateRawSync } from "node:zlib";
import { readZipEntries } from "../../../src/node/zipEntries.ts";

/** An archive as others write it: local headers, then the directory, then the end record. */
function zip(files: Readonly<Record<string, string>>, method: 0 | 8): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = method === 8 ? deflateRawSync(content) : content;
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    locals.push(Buffer.from("PK\x03\x04"), facts, Buffer.from(name), packed);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), facts, place, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

const files = { "a.txt": "first", "folder/b.txt": "second ".repeat(1000), "empty.txt": "" };

describe("Reading a zip archive", () => {
  for (const method of [0, 8] as const) {
    it(`gives the files packed by method ${method}`, () => {
      const entries = readZipEntries(zip(files, method));
      assert.ok(entries !== undefined);
      assert.deepEqual(
        Object.fromEntries([...entries].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])),
        files,
      );
    });
  }

  const checkRefused = (what: string, bytes: Uint8Array): void => {
    it(`refuses ${what}`, () => {
      assert.equal(readZipEntries(bytes), undefined);
    });
  };
  checkRefused("an empty file", new Uint8Array(0));
  checkRefused("a text", Buffer.from("no archive, however long it may be"));
  checkRefused("an archive without its end", zip(files, 8).subarray(0, -30));
  const damaged = zip(files, 8);
  damaged.fill(0xff, 35, 39);
  checkRefused("damaged contents", damaged);
});
