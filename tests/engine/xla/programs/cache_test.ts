/** Programs kept on disk: found again, rebuilt when damaged, bounded, the same bits. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { sha256 } from "../../../../src/base/files.ts";
import { findPlugin } from "../../../../src/engine/install.ts";
import { jit, type Tensor, tf } from "../../../../src/engine/mod.ts";
import {
  cacheVariable,
  clearPrograms,
  compileCached,
  listPrograms,
  longModule,
  type ProgramCache,
} from "../../../../src/engine/xla/programs/cache.ts";
import type { Device, Executable } from "../../../../src/engine/xla/pjrt/device.ts";
import { compileListeners, type CompileReport, startXla } from "../../../../src/engine/xla/mod.ts";
import { input, output, programText } from "./cache_programs.ts";
import { list, test } from "../on_xla.ts";

/** Runs a test with an empty cache that takes every program. */
function withCache(name: string, fn: (device: Device, cache: ProgramCache) => void | Promise<void>): void {
  test(name, async () => {
    const { device } = await startXla(findPlugin()!.path);
    const folder = Deno.makeTempDirSync();
    try {
      await fn(device, { folder, limit: 1e9, worth: 0 });
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

function run(device: Device, program: Executable): number[] {
  const x = device.upload(input(), output);
  const [result] = device.execute(program, [x]);
  const values = [...device.download(result!, output)];
  device.freeBuffer(x);
  device.freeBuffer(result!);
  return values;
}

/** Compiles a program by way of the cache and frees it; says whether it was found, and what it computed. */
function visit(device: Device, cache: ProgramCache, number = 0): { cached: boolean; values: number[] } {
  const { program, cached } = compileCached(device, programText(number), [output], cache);
  const values = run(device, program);
  device.freeProgram(program);
  return { cached, values };
}

withCache("a program is found again, and computes the same bits", (device, cache) => {
  const fresh = visit(device, cache);
  const found = visit(device, cache);
  assertEquals([fresh.cached, found.cached], [false, true]);
  assertEquals(found.values, fresh.values);
  assertEquals(listPrograms(cache.folder).length, 1);
});

withCache("another text or other compile options are another program", (device, cache) => {
  const first = visit(device, cache, 1);
  const other = visit(device, cache, 2);
  assertEquals(other.cached, false);
  assertNotEquals(other.values, first.values);
  const options = Uint8Array.of(...device.compileOptions, 0);
  assertEquals(visit({ ...device, compileOptions: options }, cache, 1).cached, false);
  assertEquals(listPrograms(cache.folder).length, 3);
});

withCache("a short module is not worth a file", (device, cache) => {
  for (let i = 0; i < 2; i++) assertEquals(visit(device, { ...cache, worth: longModule }).cached, false);
  assertEquals(listPrograms(cache.folder), []);
});

withCache("a damaged or truncated entry is compiled anew", (device, cache) => {
  const { values } = visit(device, cache);
  const { path } = listPrograms(cache.folder)[0]!;
  const whole = readFileSync(path);
  const flipped = (at: number) => whole.map((byte, i) => i === at ? byte ^ 1 : byte);
  const refused = Buffer.from("no program at all");
  const damaged = [
    flipped(0), // another format
    flipped(30), // in the digest
    flipped(whole.length - 7), // in the code
    whole.subarray(0, whole.length >> 1),
    whole.subarray(0, 0),
    // Whole as a file, but the plugin refuses it.
    Buffer.concat([whole.subarray(0, whole.indexOf("\n") + 1), Buffer.from(sha256(refused)), refused]),
  ];
  for (const [i, bytes] of damaged.entries()) {
    writeFileSync(path, bytes);
    const again = visit(device, cache);
    assertEquals([again.cached, again.values], [false, values], `damage ${i}`);
    assertEquals(visit(device, cache).cached, true, `damage ${i} is mended`);
  }
});

withCache("the least recently used entries give way to new ones", (device, cache) => {
  for (const number of [1, 2, 3]) visit(device, cache, number);
  const entries = listPrograms(cache.folder);
  // As if they had been used long ago, in this order; then the first one is used again.
  for (const [i, { path }] of entries.entries()) utimesSync(path, 1000 + i, 1000 + i);
  const used = [1, 2, 3].find((number) => {
    visit(device, cache, number);
    return listPrograms(cache.folder).at(-1)!.path === entries[0]!.path;
  });
  assert(used !== undefined);
  for (const { path } of entries.slice(1)) utimesSync(path, 2000, 2000);
  const limit = 1.5 * entries[0]!.bytes;
  visit(device, { ...cache, limit: 2 * limit }, 4); // room for three of the four
  assert(listPrograms(cache.folder).reduce((sum, { bytes }) => sum + bytes, 0) <= 2 * limit);
  assertEquals(visit(device, cache, used).cached, true);
  visit(device, { ...cache, limit: 10 }, 5); // larger than all the room there is
  assertEquals(visit(device, cache, 5).cached, false);
});

withCache("a folder that cannot be written costs nothing but the time", (device, cache) => {
  const file = `${cache.folder}/file`;
  writeFileSync(file, "");
  for (let i = 0; i < 2; i++) assertEquals(visit(device, { ...cache, folder: `${file}/programs` }).cached, false);
});

withCache("clearPrograms() removes entries and leftovers, and nothing else", (device, cache) => {
  visit(device, cache);
  const { path } = listPrograms(cache.folder)[0]!;
  writeFileSync(`${path}.123.tmp`, "half-written");
  writeFileSync(`${cache.folder}/notes.txt`, "mine");
  clearPrograms(cache.folder);
  assertEquals([...Deno.readDirSync(cache.folder)].map(({ name }) => name), ["notes.txt"]);
});

withCache("a program that was loaded is not serialised again: parts of its code would be missing", (device, cache) => {
  visit(device, cache);
  const { program, cached } = compileCached(device, programText(0), [output], cache);
  assert(cached);
  assertThrows(() => device.serialize(program), Error, "compiled in this process");
  device.freeProgram(program);
});

withCache("two processes share a cache at the same time", async (_device, cache) => {
  const start = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", new URL("cache_process.ts", import.meta.url).pathname, cache.folder],
    }).output();
  const [one, two] = await Promise.all([start(), start()]);
  assertEquals([one.code, two.code], [0, 0], new TextDecoder().decode(one.stderr));
  assertEquals(two.stdout, one.stdout);
  assertEquals([...Deno.readDirSync(cache.folder)].length, 12);
  const three = await start(); // finds what they left
  assertEquals(three.stdout, one.stdout);
});

withCache("jit() finds the program of an earlier process", (_device, { folder }) => {
  // Long enough to be kept: each factor is an operation of its own.
  const f = (x: Tensor) => {
    for (let i = 1; i <= 150; i++) x = tf.tanh(tf.mul(x, i / 100));
    return x;
  };
  const reports: CompileReport[] = [];
  const listener = (report: CompileReport) => reports.push(report);
  const before = Deno.env.get(cacheVariable);
  compileListeners.add(listener);
  try {
    Deno.env.set(cacheVariable, folder);
    const results = [0, 1].map(() => {
      const compiled = jit(f);
      const values = tf.tidy(() => list(compiled(tf.tensor1d([0.5, -2, 1]))));
      compiled.dispose();
      return values;
    });
    assertEquals(reports.map(({ cached }) => cached), [false, true]);
    assertEquals(results[1], results[0]);
  } finally {
    compileListeners.delete(listener);
    if (before === undefined) Deno.env.delete(cacheVariable);
    else Deno.env.set(cacheVariable, before);
  }
});
