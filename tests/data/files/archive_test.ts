import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import { UserError } from "../../../src/base/errors.ts";
import { archiveAt, openArchive } from "../../../src/data/files/archive.ts";
import { findPath, whyMissing } from "../../../src/data/files/find_path.ts";
import { zip } from "../../fixtures/zip.ts";
import { fuzz } from "../../fixtures/fuzz.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opens a zip of these bytes and reads all of it. */
async function readZip(path: string, bytes: Uint8Array, limit?: number): Promise<Record<string, string>> {
  await Deno.writeFile(path, bytes);
  const archive = await openArchive(path);
  try {
    const files: Record<string, string> = {};
    for (const name of archive.paths) files[name] = text(await archive.read(name, limit));
    return files;
  } finally {
    archive.close();
  }
}

/** The same zip with each file compressed, and said to be `size` bytes long. */
function deflated(name: string, content: Uint8Array, size = content.length): Uint8Array {
  const packed = new Uint8Array(deflateRawSync(content));
  const bytes = zip({ [name]: packed });
  const whole = new DataView(zip({ [name]: content }).buffer);
  const view = new DataView(bytes.buffer);
  const directory = 30 + name.length + packed.length;
  for (const at of [8, directory + 10]) view.setUint16(at, 8, true); // method: deflate
  for (const at of [14, directory + 16]) view.setUint32(at, whole.getUint32(14, true), true); // checksum of the content
  for (const at of [22, directory + 24]) view.setUint32(at, size, true);
  return bytes;
}

Deno.test("openArchive() reads a zip and a folder alike, from where a landmark lies", () =>
  withFolder(async (folder) => {
    const files = { "top/a.txt": "one", "top/deep/b.txt": "two", "top/deep/a.txt": "three", "notes.txt": "four" };
    await Deno.mkdir(`${folder}/in/top/deep`, { recursive: true });
    for (const [path, content] of Object.entries(files)) await Deno.writeTextFile(`${folder}/in/${path}`, content);
    await Deno.writeFile(`${folder}/a.zip`, zip({ "top/": "", ...files }));
    for (const where of [`${folder}/in`, `${folder}/a.zip`]) {
      const archive = await openArchive(where);
      assertEquals(archive.paths, Object.keys(files).sort());
      const top = archiveAt(archive, "a.txt");
      assertEquals([top.has("deep/b.txt"), top.has("notes.txt"), top.where], [true, false, where]);
      assertEquals(await Promise.all(top.paths.map(async (path) => text(await top.read(path)))), [
        "one",
        "three",
        "two",
      ]);
      await assertRejects(() => top.read("c.txt"), UserError, 'has no file "top/c.txt"');
      await assertRejects(() => archive.read("notes.txt", 3), UserError, "has 4 bytes, expected at most 3");
      await assertRejects(() => Promise.resolve().then(() => archiveAt(archive, "d.txt")), UserError, 'no "d.txt"');
      archive.close();
    }
    await assertRejects(() => openArchive(`${folder}/none`), UserError, "no such file");
    await Deno.writeTextFile(`${folder}/no.zip`, "Rar!");
    await assertRejects(() => openArchive(`${folder}/no.zip`), UserError, "not a complete zip file");
  }));

Deno.test("openArchive() refuses names that leave the folder; backslashes are slashes", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.zip`;
    for (const name of ["../a", "a/../../b", "/etc/passwd", "C:/a", "C:\\a", "..\\a", "a\\..\\..\\b", "\\a", "a/.."]) {
      await assertRejects(() => readZip(path, zip({ "good.txt": "", [name]: "bad" })), UserError, "path", name);
    }
    assertEquals(await readZip(path, zip({ "a\\b.txt": "good" })), { "a/b.txt": "good" });
  }));

Deno.test("openArchive() refuses a zip cut short anywhere, and one with a flipped bit", () =>
  withFolder(async (folder) => {
    const content = new TextEncoder().encode("a line that repeats. ".repeat(20));
    for (const bytes of [zip({ "a.txt": content, "b.txt": "two" }), deflated("a.txt", content)]) {
      for (let size = 0; size < bytes.length; size += 7) {
        await assertRejects(() => readZip(`${folder}/a.zip`, bytes.subarray(0, size)), UserError, "not a complete zip");
      }
      for (let at = 40; at < 60; at++) {
        const damaged = bytes.slice();
        damaged[at]! ^= 4;
        await assertRejects(() => readZip(`${folder}/a.zip`, damaged), UserError, '"a.txt" in "');
      }
    }
  }));

Deno.test("read() refuses an entry that is larger or smaller than it says, or than it may be", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.zip`;
    const zeros = new Uint8Array(50_000_000);
    assertEquals((await readZip(path, deflated("a", zeros.subarray(0, 9))))["a"]!.length, 9);
    const before = Deno.memoryUsage().rss;
    await assertRejects(() => readZip(path, deflated("a", zeros, 1000)), UserError, "too many bytes");
    await assertRejects(() => readZip(path, deflated("a", zeros, 50_000_001)), UserError, "not enough bytes");
    await assertRejects(() => readZip(path, deflated("a", zeros), 1_000_000), UserError, "at most 1000000");
    await assertRejects(() => readZip(path, deflated("a", zeros, 2 ** 31)), UserError, "at most 268435456");
    assertEquals(Deno.memoryUsage().rss - before < 500e6, true);
  }));

Deno.test("read() follows links inside a folder, not out of it, and reads files only", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/in/deep`, { recursive: true });
    await Deno.writeTextFile(`${folder}/in/a.txt`, "one");
    await Deno.writeTextFile(`${folder}/secret.txt`, "secret");
    await Deno.mkdir(`${folder}/in2`);
    await Deno.writeTextFile(`${folder}/in2/b.txt`, "a folder whose name begins alike");
    for (const [to, name] of [["a.txt", "good"], ["../secret.txt", "bad"], ["../in2/b.txt", "near"]]) {
      await Deno.symlink(to!, `${folder}/in/${name}`);
    }
    await Deno.symlink("nowhere", `${folder}/in/broken`);
    await new Deno.Command("mkfifo", { args: [`${folder}/in/pipe`] }).output();
    const archive = await openArchive(`${folder}/in`);
    assertEquals(text(await archive.read("good")), "one");
    await assertRejects(() => archive.read("bad"), UserError, "leaves the folder");
    await assertRejects(() => archive.read("near"), UserError, "leaves the folder");
    await assertRejects(
      () => archive.read("broken"),
      UserError,
      '"broken" is a link to "nowhere", which cannot be read',
    );
    await assertRejects(() => archive.read("pipe"), UserError, "is not a regular file");
    await assertRejects(() => openArchive(`${folder}/in/pipe`), UserError, "neither a folder nor a zip");
  }));

Deno.test("openArchive() follows links to folders inside, and says why it does not follow others", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/in/disk/ep1`, { recursive: true });
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.writeTextFile(`${folder}/in/disk/ep1/1.png`, "one");
    await Deno.writeTextFile(`${folder}/elsewhere/2.png`, "two");
    for (const [to, name] of [["disk/ep1", "ep"], ["../elsewhere", "out"], ["../..", "disk/up"], ["gone", "dead"]]) {
      await Deno.symlink(to!, `${folder}/in/${name}`);
    }
    const archive = await openArchive(`${folder}/in`);
    assertEquals(archive.paths, ["dead", "disk/ep1/1.png", "ep/1.png"]);
    assertEquals(text(await archive.read("ep/1.png")), "one");
    const why = (path: string) => whyMissing(archive, path);
    assertStringIncludes(why("out/2.png"), ': the folder "out" is a link that leaves "');
    assertStringIncludes(why("disk/up/in/disk"), 'the folder "disk/up" is a link that leaves "');
    assertStringIncludes(why("dead/1.png"), '"dead" is a link to "gone", which cannot be read (there is no such file');
    assertEquals(why("ep/2.png"), "");
    await Deno.symlink("..", `${folder}/in/disk/again`);
    assertStringIncludes((await openArchive(`${folder}/in`)).links!.get("disk/again")!, "in which it is itself");
  }));

Deno.test("openArchive() names a link in a zip, whose content is a path and not a file", () =>
  withFolder(async (folder) => {
    const bytes = zip({ "a.png": "../b.png" });
    const entry = bytes.findLastIndex((_, i) => bytes[i] === 0x50 && bytes[i + 1] === 0x4b && bytes[i + 2] === 1);
    new DataView(bytes.buffer).setUint32(entry + 38, (0o120777 << 16) >>> 0, true); // external attributes
    await Deno.writeFile(`${folder}/a.zip`, bytes);
    const archive = await openArchive(`${folder}/a.zip`);
    assertEquals(archive.paths, []);
    await assertRejects(() => archive.read("a.png"), UserError, "is a link; pack what it leads to");
    archive.close();
  }));

Deno.test("findPath() finds a file whose name another system writes otherwise, where only one is meant", () => {
  const of = (...paths: string[]) => ({ paths, has: (path: string) => paths.includes(path) });
  const [nfc, nfd] = ["Zo\u00eb/1.jpg", "Zoe\u0308/1.jpg"];
  assertEquals(findPath(of(nfd, "b.png"), nfc), nfd);
  assertEquals(findPath(of(nfc), nfd), nfc);
  assertEquals(findPath(of("a/1.JPG"), "a/1.jpg"), "a/1.JPG");
  assertEquals(findPath(of("a/1.JPG", "a/1.jpg"), "a/1.jpg"), "a/1.jpg");
  assertEquals(findPath(of("a/1.png"), "a/2.png"), undefined);
  const two = of("A/1.jpg", "a/1.JPG");
  assertEquals(findPath(two, "a/1.jpg"), undefined);
  assertEquals(whyMissing(two, "a/1.jpg"), ', and "A/1.jpg" and "a/1.JPG" are equally near');
});

Deno.test("openArchive() meets 2,000 damaged zips with nothing but user errors", () =>
  withFolder(async (folder) => {
    const content = new TextEncoder().encode("a line that repeats. ".repeat(9));
    await fuzz("a zip, stored", zip({ "a/b.txt": content, "ü.bin": "two" }), (bytes) =>
      readZip(`${folder}/a`, bytes), 1000);
    await fuzz("a zip, packed", deflated("a.txt", content), (bytes) =>
      readZip(`${folder}/a`, bytes), 1000);
  }));
