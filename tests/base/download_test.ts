import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Download, download } from "../../src/base/download.ts";
import { fail, UserError } from "../../src/base/errors.ts";
import { sha256 } from "../../src/base/files.ts";

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) ^ (i >> 8));
const other = bytes.map((byte) => byte ^ 255);

interface Served {
  content: Uint8Array<ArrayBuffer>;
  etag?: string;
  /** Answers ranges. */
  ranges?: boolean;
  /** Ends the connection after so many bytes of each answer. */
  cut?: number;
}

/** A server of one file at /file, /moved to it, and the requests it got. */
async function withServer(
  served: Served,
  body: (
    get: (more?: Partial<Download>) => ReturnType<typeof download>,
    path: string,
    asked: Request[],
  ) => Promise<void>,
): Promise<void> {
  const asked: Request[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    asked.push(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/moved") return Response.redirect(new URL("/file", request.url));
    return pathname === "/file" ? answer(request, served) : new Response("no", { status: 404 });
  });
  const folder = await Deno.makeTempDir();
  const path = `${folder}/new/file.bin`;
  try {
    const url = `http://127.0.0.1:${server.addr.port}/file`;
    await body((more) => download({ urls: [url], path, timeout: 5000, ...more }), path, asked);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

function answer({ headers }: Request, { content, etag, ranges = true, cut = Infinity }: Served): Response {
  const fresh = headers.get("if-range") === null || headers.get("if-range") === etag;
  const from = ranges && fresh ? Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0) : 0;
  const about = new Headers(etag ? { etag } : {});
  if (from >= content.length) {
    about.set("content-range", `bytes */${content.length}`);
    return new Response(null, { status: 416, headers: about });
  }
  if (from > 0) about.set("content-range", `bytes ${from}-${content.length - 1}/${content.length}`);
  const rest = content.subarray(from);
  const whole = rest.length <= cut;
  const stream = new ReadableStream({
    async start(controller) {
      controller.enqueue(rest.slice(0, cut));
      await new Promise((done) => setTimeout(done, whole ? 0 : 20)); // so that the first bytes are on their way
      whole ? controller.close() : controller.error(new Error("cut"));
    },
  });
  about.set("content-length", String(rest.length));
  return new Response(stream, { status: from > 0 ? 206 : 200, headers: about });
}

/** The address of a port that nobody listens on. */
function deadAddress(): string {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return `http://127.0.0.1:${listener.addr.port}/refused`;
}

const left = async (path: string) =>
  (await Array.fromAsync(Deno.readDir(path.replace(/\/[^/]*$/, "")))).map(({ name }) => name).sort();
const ranges = (asked: Request[]) => asked.map(({ headers }) => headers.get("range"));

/** A part as an earlier download left it. */
async function leavePart(path: string, content: Uint8Array, note?: object): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeFile(`${path}.part`, content);
  if (note) await Deno.writeTextFile(`${path}.part.json`, JSON.stringify(note));
}

Deno.test("download() fetches a file, verified, with progress and nothing beside it", () =>
  withServer({ content: bytes }, async (get, path) => {
    const heard: [number, number | undefined][] = [];
    const checked: string[] = [];
    const result = await get({
      bytes: bytes.length,
      sha256: sha256(bytes),
      onProgress: (done, total) => heard.push([done, total]),
      check: (part) => Promise.resolve(void checked.push(part)),
    });
    assertEquals([result.bytes, result.sha256], [bytes.length, sha256(bytes)]);
    assertEquals(await Deno.readFile(path), bytes);
    assertEquals(await left(path), ["file.bin"]);
    assertEquals(heard.at(-1), [bytes.length, bytes.length]);
    assertEquals(checked, [`${path}.part`]);
  }));

Deno.test("download() follows a redirect, and tries the next URL where one fails", () =>
  withServer({ content: bytes }, async (get, path, asked) => {
    const url = await get().then(({ url }) => url);
    const moved = url.replace("/file", "/moved");
    const result = await get({ urls: [deadAddress(), url.replace("/file", "/gone"), moved] });
    assertEquals(result.url, moved);
    assertEquals(await Deno.readFile(path), bytes);
    assertEquals(asked.map(({ url }) => new URL(url).pathname), ["/file", "/gone", "/moved", "/file"]);
  }));

Deno.test("download() continues after an interruption, at once and in a later process", () =>
  withServer({ content: bytes, etag: '"v1"', cut: 120_000 }, async (get, path, asked) => {
    await get();
    assertEquals(await Deno.readFile(path), bytes);
    assert(asked.length >= 3, `${asked.length} requests`);
    assert(asked.slice(1).every(({ headers }) => headers.get("if-range") === '"v1"'));

    const url = asked[0]!.url;
    asked.length = 0;
    await leavePart(path, bytes.subarray(0, 250_000), { url, validator: '"v1"' });
    await get();
    assertEquals(await Deno.readFile(path), bytes);
    assertEquals(ranges(asked), ["bytes=250000-"]);
    await leavePart(path, bytes, { url, validator: '"v1"' }); // killed before the last rename
    await get();
    assertEquals(await Deno.readFile(path), bytes);
    assertEquals(await left(path), ["file.bin"]);
  }));

Deno.test("download() continues a part of known digest, whatever URL it came from", () =>
  withServer({ content: bytes }, async (get, path, asked) => {
    await leavePart(path, bytes.subarray(0, 200_000), { url: "http://elsewhere/file" });
    await get({ sha256: sha256(bytes) });
    assertEquals(await Deno.readFile(path), bytes);
    assertEquals(ranges(asked), ["bytes=200000-"]);
  }));

Deno.test("download() starts over where a part may be of another file", () =>
  withServer({ content: bytes, etag: '"v2"' }, async (get, path, asked) => {
    const part = other.subarray(0, 200_000);
    const url = await get().then(({ url }) => url);
    for (
      const [content, note, range] of [
        [part, undefined, null], // nothing is known of it
        [part, { url: "http://elsewhere/file", validator: '"v2"' }, null],
        [part, { url, validator: '"v1"' }, "bytes=200000-"], // the server answers with all of it
        [new Uint8Array(400_000), { url, validator: '"v2"' }, "bytes=400000-"], // longer than the file
      ] as const
    ) {
      asked.length = 0;
      await leavePart(path, content, note);
      await get();
      assertEquals(await Deno.readFile(path), bytes);
      assertEquals(ranges(asked)[0], range);
    }
  }));

Deno.test("download() starts over where the server has no ranges, and gives up where it never gets further", async () => {
  await withServer({ content: bytes, etag: '"v1"', ranges: false }, async (get, path, asked) => {
    await leavePart(path, other.subarray(0, 10), { url: await get().then(({ url }) => url), validator: '"v1"' });
    await get();
    assertEquals(await Deno.readFile(path), bytes);
    assertEquals(asked.length, 2);
  });
  await withServer({ content: bytes, ranges: false, cut: 1000 }, async (get, path) => {
    await assertRejects(() => get(), UserError, "/file: ");
    assertEquals(await left(path), ["file.bin.part", "file.bin.part.json"]);
  });
});

Deno.test("download() refuses a wrong size, digest or content, and leaves what was there", () =>
  withServer({ content: bytes }, async (get, path) => {
    await leavePart(path, new Uint8Array());
    await Deno.writeTextFile(path, "former");
    const size = await assertRejects(() => get({ bytes: 5 }), UserError, "has 300000 bytes, and 5 were expected");
    assertStringIncludes(size.message, "http://127.0.0.1:");
    await assertRejects(() => get({ sha256: "0".repeat(64) }), UserError, `has SHA-256 ${sha256(bytes)}, and 000`);
    await assertRejects(() => get({ check: () => fail("It is no zip.") }), UserError, "It is no zip");
    await assertRejects(() => get({ check: () => Promise.reject(new TypeError("ours")) }), TypeError);
    assertEquals(await Deno.readTextFile(path), "former");
    await get(); // the part of a defect of ours is kept
    assertEquals(await left(path), ["file.bin"]);
  }));

Deno.test("download() says why each URL failed", () =>
  withServer({ content: bytes }, async (get, path, asked) => {
    const url = await get().then(({ url }) => url);
    const { message } = await assertRejects(
      () => get({ urls: [url.replace("/file", "/gone"), deadAddress()] }),
      UserError,
    );
    assertStringIncludes(message, "/gone: the server says 404 Not Found.");
    assertStringIncludes(message, "/refused: ");
    assert(/\/refused: .*connection refused/i.test(message), message);
    assertEquals(await left(path), ["file.bin"]);
    assertEquals(asked.length, 2);
  }));

Deno.test("download() gives up on a server that stops sending, and is for one process at a time", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }));
  });
  const folder = await Deno.makeTempDir();
  const get = () => download({ urls: [`http://127.0.0.1:${server.addr.port}/`], path: `${folder}/a`, timeout: 300 });
  try {
    await assertRejects(get, UserError, "the server stopped sending");
    using lock = await Deno.open(`${folder}/a.part`, { create: true, write: true });
    lock.lockSync(true);
    await assertRejects(get, UserError, "Another process is downloading");
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});
