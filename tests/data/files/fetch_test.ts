import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { sha256 } from "../../../src/base/files.ts";
import { fetchTask } from "../../../src/cli/data/fetch.ts";
import { fetchSet, type Origin, origins } from "../../../src/data/files/fetch.ts";
import { zip } from "../../fixtures/zip.ts";

const content = zip({ "Scenes_10020.txt": "0" });

/** A server with the zip at /right.zip and a page in place of one at /page.zip; what is known of set "mine". */
async function withServer(
  body: (known: (path: string, more?: Partial<Origin>) => Record<string, Origin>, root: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    if (url.endsWith("/right.zip")) return new Response(content);
    return url.endsWith("/page.zip") ? new Response("<html>For sale</html>") : new Response("no", { status: 404 });
  });
  const root = await Deno.makeTempDir();
  const known = (path: string, more = {}) => ({
    mine: { file: "mine.zip", urls: [`http://127.0.0.1:${server.addr.port}/${path}`], ask: "Ask Mike.", ...more },
  });
  try {
    await body(known, root);
  } finally {
    await server.shutdown();
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("fetchSet() downloads once, and again when the file is not the expected one", () =>
  withServer(async (known, root) => {
    const first = await fetchSet("mine", root, { known: known("right.zip") });
    assertEquals([first.path, first.bytes, first.sha256], [`${root}/mine/mine.zip`, content.length, sha256(content)]);
    assertEquals(await Deno.readFile(first.path), content);
    assertEquals((await fetchSet("mine", root, { known: known("right.zip") })).url, undefined);
    await Deno.writeFile(first.path, content.subarray(0, 50));
    assert((await fetchSet("mine", root, { known: known("right.zip") })).url);
    const digest = { bytes: content.length, sha256: sha256(content) };
    assertEquals((await fetchSet("mine", root, { known: known("right.zip", digest) })).url, undefined);
    await Deno.writeFile(first.path, content.with(10, 77));
    assert((await fetchSet("mine", root, { known: known("right.zip", digest) })).url);
  }));

Deno.test("fetchSet() reports why each address failed, where to ask and how to continue", () =>
  withServer(async (known, root) => {
    const refuses = async (known: Record<string, Origin>, ...words: string[]) => {
      const { message } = await assertRejects(() => fetchSet("mine", root, { known }), UserError);
      for (const word of [...words, "Ask Mike. Then continue with `deno task prepare mine --from PATH`."]) {
        assertStringIncludes(message, word);
      }
    };
    await refuses(known("gone.zip"), "/gone.zip: the server says 404");
    await refuses(known("page.zip"), "/page.zip: ", "is not a complete zip file");
    await refuses(known("right.zip", { bytes: 7 }), "7 were expected");
    await refuses(known("right.zip", { urls: [] }));
    await assertRejects(
      () => fetchSet("yours", root, { known: known("right.zip") }),
      UserError,
      '"yours" has no download',
    );
    await assertRejects(
      () => fetchSet("mine", root, { known: known("right.zip"), url: "file:///x" }),
      UserError,
      "http://",
    );
    assertEquals(await Array.fromAsync(Deno.readDir(`${root}/mine`)), []);
  }));

Deno.test("the fetch task prints size, digest and the next step, from an address of one's own too", () =>
  withServer(async (known, root) => {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
      await fetchTask(["mine", "--url", known("right.zip").mine!.urls[0]!], { sets: known("gone.zip"), root });
      await fetchTask(["mine"], { sets: known("gone.zip"), root });
    } finally {
      console.log = log;
    }
    assertStringIncludes(lines[0]!, "right.zip");
    assertStringIncludes(lines[1]!, `${content.length} bytes`);
    assertStringIncludes(lines[2]!, sha256(content));
    assertStringIncludes(lines[3]!, `deno task prepare mine --from ${root}/mine/mine.zip`);
    assertStringIncludes(lines[4]!, "Nothing to do");
    await assertRejects(() => fetchTask([], { sets: known("right.zip"), root }), UserError, "Name one data set");
    await assertRejects(
      () => fetchTask(["mine", "--ulr", "x"], { sets: known("right.zip"), root }),
      UserError,
      "--url",
    );
  }));

Deno.test("what is known of the published sets is an address with https and where to ask", () => {
  for (const [name, { urls, ask }] of Object.entries(origins)) {
    assert(/^[a-z]+$/.test(name) && ask.length > 50);
    for (const url of urls) assertEquals(new URL(url).protocol, "https:");
  }
});
