/**
 * The two formats of PyTorch checkpoints, separated into the pickled object and the bytes of each storage.
 *
 * Since PyTorch 1.6 a checkpoint is a zip of uncompressed files: `NAME/data.pkl` and `NAME/data/KEY`. Before, it was a
 * stream of five pickles (a magic number, the protocol, properties of the machine, the object, the keys of the
 * storages), followed for each key by the number of elements (int64) and the elements.
 */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import yauzl from "yauzl";
import { fail } from "../../base/errors.ts";
import { counted } from "../../base/text.ts";
import { openCursor } from "./cursor.ts";
import { plainData } from "./globals.ts";
import { readNextPickle } from "./pickle.ts";
import { storageWidths, torchData } from "./torch_dialect.ts";
import { latin1, type PythonValue, type StorageReference } from "./values.ts";

/** A checkpoint, separated into object and storages. */
export interface TorchFile {
  object: PythonValue;
  /**
   * The bytes of a storage, a view into the file.
   *
   * @throws UserError when they are missing, or their number is wrong.
   */
  bytesOf(storage: StorageReference): Uint8Array;
}

/** 0x1950a86a20f9469cfc6c as a pickle of protocol 2. */
const streamMagic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

export function isTorchStream(bytes: Uint8Array): boolean {
  return streamMagic.every((byte, i) => bytes[i] === byte);
}

export function isZip(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, 4)) === "PK\x03\x04";
}

/** @throws UserError when the stream is damaged or of another protocol. */
export function openTorchStream(bytes: Uint8Array, where: string): TorchFile {
  const input = openCursor(bytes, where, streamMagic.length);
  const protocol = readNextPickle(input, plainData);
  if (protocol !== 1001) input.refuse(`its protocol is ${JSON.stringify(protocol)}; only 1001 is supported`);
  const machine = readNextPickle(input, plainData);
  if (!(machine instanceof Map) || machine.get("little_endian") !== true) {
    input.refuse("its numbers are not little-endian; save it again on a little-endian machine");
  }
  const types = new Map<string, string>();
  const object = readNextPickle(input, {
    ...torchData,
    stored(id) {
      const reference = torchData.stored!(id) as StorageReference;
      types.set(reference.key, reference.type);
      return reference;
    },
  });
  const keys = readNextPickle(input, plainData);
  if (!Array.isArray(keys)) return input.refuse("the list of its storages is missing");
  const storages = new Map<string, Uint8Array>();
  for (const key of keys) {
    input.begin();
    const type = types.get(String(key));
    if (type === undefined || storages.has(String(key))) {
      return input.refuse("it lists a storage that no tensor uses, or lists one twice");
    }
    storages.set(String(key), input.take(input.unsigned(8) * storageWidths[type]!));
  }
  if (input.left() > 0) input.refuse("there is unread data at its end");
  return { object, bytesOf: (storage) => checked(storage, storages.get(storage.key), where) };
}

/** @throws UserError when the zip is damaged, compressed or of another byte order. */
export async function openTorchZip(bytes: Uint8Array, where: string): Promise<TorchFile> {
  const files = await storedFiles(bytes, where);
  const [top, another] = [...files.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (top === undefined || another !== undefined) {
    fail(
      `"${where}" is a zip, but no PyTorch checkpoint: it does not contain one "data.pkl"; pass the .pth file itself.`,
    );
  }
  const folder = top.slice(0, -"data.pkl".length);
  const order = files.get(`${folder}byteorder`);
  if (order && latin1(order()) !== "little") {
    fail(`"${where}" contains big-endian numbers; save it again on a little-endian machine.`);
  }
  const input = openCursor(files.get(top)!(), `"data.pkl" in "${where}"`);
  const object = readNextPickle(input, torchData);
  if (input.left() > 0) input.refuse("there is unread data at its end");
  return { object, bytesOf: (storage) => checked(storage, files.get(`${folder}data/${storage.key}`)?.(), where) };
}

/** The functions used of yauzl, which has no types. */
interface Zip {
  eachEntry(): AsyncIterable<ZipItem>;
  readLocalFileHeaderPromise(item: ZipItem, options: { minimal: true }): Promise<{ fileDataStart: number }>;
}
interface ZipItem {
  fileName: string;
  compressionMethod: number;
  compressedSize: number;
  uncompressedSize: number;
  crc32: number;
}

/** The bytes of a file in a zip. @throws UserError when they are compressed or damaged. */
type StoredFile = () => Uint8Array;

/** Each file of a zip as a function that verifies it and returns a view of its bytes. */
async function storedFiles(bytes: Uint8Array, where: string): Promise<Map<string, StoredFile>> {
  const files = new Map<string, StoredFile>();
  const damaged = (why: string, error?: unknown): never =>
    fail(`"${where}" is damaged: ${why}; fetch it again.`, error);
  try {
    const zip: Zip = await yauzl.fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      lazyEntries: true,
      validateEntrySizes: true,
    });
    for await (const item of zip.eachEntry()) {
      const { fileName, compressionMethod, compressedSize, uncompressedSize, crc32: sum } = item;
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(item, { minimal: true });
      if (files.has(fileName)) throw new Error(`it contains "${fileName}" twice`);
      files.set(fileName, () => {
        if (compressionMethod !== 0 || compressedSize !== uncompressedSize) {
          fail(
            `"${fileName}" in "${where}" is compressed, which PyTorch never does; save the checkpoint again with torch.save.`,
          );
        }
        const content = bytes.subarray(fileDataStart, fileDataStart + uncompressedSize);
        if (content.length !== uncompressedSize) damaged(`"${fileName}" is cut short`);
        if (crc32(content) === sum) return content;
        fail(
          `The checksum of "${fileName}" in "${where}" is wrong: it is damaged, or was saved without checksums ` +
            `(torch.serialization.set_crc32_options); fetch or save it again.`,
        );
      });
    }
  } catch (error) {
    damaged((error as Error).message, error);
  }
  return files;
}

function checked({ key, type, elements }: StorageReference, bytes: Uint8Array | undefined, where: string) {
  if (!bytes) fail(`"${where}" is damaged: its storage "${key}" is missing; fetch it again.`);
  const needed = elements * storageWidths[type]!;
  if (bytes.length === needed) return bytes;
  fail(
    `"${where}" is damaged: its storage "${key}" has ${counted(bytes.length, "byte")}, not ${needed}; fetch it again.`,
  );
}
