/**
 * Damaged input for readers: what a broken disk, a half download or a text editor does to a file, drawn from a seed.
 *
 * A reader may understand what it is given or refuse it with a UserError; any other error is a defect, and so is a
 * reader that hangs or takes memory that its input does not account for.
 */
import { AssertionError, assertLess } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { type Random, random } from "../../src/base/random.ts";

/** A damaged copy: one to three kinds of damage, at places that `stream` draws. */
export function mutate(bytes: Uint8Array, stream: Random): Uint8Array<ArrayBuffer> {
  let damaged = new Uint8Array(bytes);
  for (let times = 1 + stream.integer(3); times > 0; times--) damaged = stream.choice(damages)(damaged, stream);
  return damaged;
}

/**
 * Gives `read` `times` damaged copies of `bytes`.
 *
 * @param name of the reader, which also names the stream: the same name fuzzes alike
 * @throws AssertionError with the number of the copy when an error is no UserError, a call takes over two seconds, or
 *   memory grows by over 1 GiB
 */
export async function fuzz(
  name: string,
  bytes: Uint8Array,
  read: (bytes: Uint8Array<ArrayBuffer>) => unknown,
  times = 2000,
): Promise<void> {
  const before = Deno.memoryUsage().rss;
  for (let i = 0; i < times; i++) {
    const damaged = mutate(bytes, random(1, "fuzz", name, i));
    const started = performance.now();
    try {
      await read(damaged);
    } catch (error) {
      if (error instanceof UserError) continue;
      throw new AssertionError(`Damaged copy ${i} of ${name} gives ${error}.`, { cause: error });
    } finally {
      assertLess(performance.now() - started, 2000, `milliseconds for damaged copy ${i} of ${name}`);
      assertLess(Deno.memoryUsage().rss - before, 2 ** 30, `bytes of memory after damaged copy ${i} of ${name}`);
    }
  }
}

type Damage = (bytes: Uint8Array, stream: Random) => Uint8Array<ArrayBuffer>;

const damages: Damage[] = [
  function flipBits(bytes, stream) {
    const damaged = new Uint8Array(bytes);
    for (let n = 1 + stream.integer(8); n > 0; n--) {
      if (bytes.length > 0) damaged[stream.integer(bytes.length)]! ^= 1 << stream.integer(8);
    }
    return damaged;
  },
  function cutShort(bytes, stream) {
    return bytes.slice(0, stream.integer(bytes.length + 1));
  },
  function removeSpan(bytes, stream) {
    const [from, to] = span(bytes.length, stream);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  function repeatSpan(bytes, stream) {
    const [from, to] = span(bytes.length, stream);
    return join(bytes.subarray(0, to), bytes.subarray(from));
  },
  function writeNoise(bytes, stream) {
    const at = stream.integer(bytes.length + 1);
    const noise = Uint8Array.from(
      { length: 1 + stream.integer(9) },
      () => stream.choice([0, 255, stream.integer(256)]),
    );
    return join(bytes.subarray(0, at), noise, bytes.subarray(Math.min(bytes.length, at + noise.length)));
  },
  function removeLine(bytes, stream) {
    const [from, to] = line(bytes, stream);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  function repeatLine(bytes, stream) {
    const [from, to] = line(bytes, stream);
    return join(bytes.subarray(0, to), bytes.subarray(from));
  },
  function replaceNumber(bytes, stream) {
    const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 48 && byte <= 57;
    let from = stream.integer(bytes.length + 1);
    while (from < bytes.length && !isDigit(bytes[from])) from++;
    let to = from;
    while (isDigit(bytes[to])) to++;
    return join(bytes.subarray(0, from), new TextEncoder().encode(stream.choice(numbers)), bytes.subarray(to));
  },
];

const numbers = ["0", "-1", "3", "99", "2147483648", "99999999999999999999", "1e308", "-1e9", "0.5", "NaN", "Infinity"];

/** From where to where, at most 64 bytes. */
function span(length: number, stream: Random): [number, number] {
  const from = stream.integer(length + 1);
  return [from, Math.min(length, from + 1 + stream.integer(64))];
}

/** From where to where a line goes, its end included. */
function line(bytes: Uint8Array, stream: Random): [number, number] {
  const at = stream.integer(bytes.length + 1);
  const end = bytes.indexOf(10, at);
  return [at === 0 ? 0 : bytes.lastIndexOf(10, at - 1) + 1, end < 0 ? bytes.length : end + 1];
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
