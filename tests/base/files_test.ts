import { assert, assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { UserError } from "../../src/base/errors.ts";
import { digestJson, projectRoot, readJson, sha256, sha256File, writeAtomic } from "../../src/base/files.ts";

const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-4's own example

async function withFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("projectRoot is the folder of deno.json", () => {
  assert(Deno.statSync(join(projectRoot, "deno.json")).isFile);
});

Deno.test("writeAtomic() writes text and bytes, replaces what was there and leaves nothing else", async () => {
  await withFolder((folder) => {
    const path = join(folder, "a.bin");
    writeAtomic(path, "été");
    assertEquals(Deno.readTextFileSync(path), "été");
    writeAtomic(path, new Uint8Array([1, 2, 3]).subarray(1));
    assertEquals(Deno.readFileSync(path), new Uint8Array([2, 3]));
    writeAtomic(path, "");
    assertEquals(Deno.readTextFileSync(path), "");
    assertEquals(namesIn(folder), ["a.bin"]);
  });
});

Deno.test("writeAtomic() throws a UserError and removes its temporary file when it cannot take the place", async () => {
  await withFolder((folder) => {
    const path = join(folder, "taken");
    Deno.mkdirSync(join(path, "inner"), { recursive: true });
    const { message } = assertThrows(() => writeAtomic(path, "x"), UserError, path);
    assertStringIncludes(message, "untouched");
    assertEquals(namesIn(folder), ["taken"]);
    assertThrows(() => writeAtomic(join(folder, "missing", "a"), "x"), UserError, "there is no such file or folder");
  });
});

Deno.test({
  name: "writeAtomic() keeps the former file when the disk takes no more",
  // A limit on the size of files breaks a write half-way, as a full disk does, and needs no disk of its own.
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const path = join(folder, "last.safetensors");
      Deno.writeTextFileSync(path, "former");
      const program = `import { writeAtomic } from ${JSON.stringify(join(projectRoot, "src/base/files.ts"))};
        try {
          writeAtomic(${JSON.stringify(path)}, new Uint8Array(4 << 20));
        } catch (error) {
          console.log(error.name, error.message);
        }`;
      const script = join(folder, "write.ts");
      Deno.writeTextFileSync(script, program);
      const { stdout } = await new Deno.Command("sh", {
        args: [
          "-c",
          `trap '' XFSZ; ulimit -f 2048; exec "$0" run -A --no-check --no-lock "$1"`,
          Deno.execPath(),
          script,
        ],
        stderr: "inherit",
        cwd: projectRoot,
      }).output();
      const said = new TextDecoder().decode(stdout);
      assertStringIncludes(said, "UserError");
      assertStringIncludes(said, "File too large");
      assertEquals(Deno.readTextFileSync(path), "former");
      assertEquals(namesIn(folder), ["last.safetensors", "write.ts"]);
    }),
});

Deno.test("readJson() names a file that is missing or no JSON", async () => {
  await withFolder((folder) => {
    const path = join(folder, "a.json");
    assertThrows(() => readJson(path), UserError, `"${path}": there is no such file or folder`);
    Deno.writeTextFileSync(path, '{"half": ');
    assertThrows(() => readJson(path), UserError, `"${path}" as JSON`);
    Deno.writeTextFileSync(path, '{"whole": 1}');
    assertEquals(readJson<{ whole: number }>(path), { whole: 1 });
  });
});

Deno.test("sha256() and sha256File() give the published digest, the file also across pieces", async () => {
  assertEquals(sha256("abc"), abc);
  assertEquals(sha256(new TextEncoder().encode("abc")), abc);
  await withFolder((folder) => {
    const path = join(folder, "a");
    Deno.writeTextFileSync(path, "abc");
    assertEquals(sha256File(path), abc);
    const large = Uint8Array.from({ length: (1 << 22) + 5 }, (_, i) => i % 251);
    Deno.writeFileSync(path, large);
    assertEquals(sha256File(path), sha256(large));
    assertThrows(() => sha256File(join(folder, "b")), UserError, "there is no such file or folder");
  });
});

Deno.test("digestJson() ignores the order of keys at every depth, and nothing else", () => {
  const digest = digestJson({ a: 1, b: { c: [1, 2], d: null } });
  assertEquals(digestJson({ b: { d: null, c: [1, 2] }, a: 1 }), digest);
  assertNotEquals(digestJson({ a: 1, b: { c: [2, 1], d: null } }), digest);
  assertNotEquals(digestJson({ a: "1", b: { c: [1, 2], d: null } }), digest);
});
