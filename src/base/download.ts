/**
 * Large files from the network, whole or not at all.
 *
 * What has arrived is kept as `NAME.part`, so that a download that was cut goes on where it stopped; the file gets its
 * name only when size and digest are right. A part is gone on with only where it is sure to be of the same file: the
 * digest is known, or the server gave the version a name (ETag or date) and still has it.
 */
import { dirname } from "node:path";
import { fail, UserError } from "./errors.ts";
import { readJson, reason, sha256File, writeAtomic } from "./files.ts";

export interface Download {
  /** Addresses of the same file, tried one after another. */
  urls: string[];
  /** Where it goes; the folder is made. A file that is there is replaced. */
  path: string;
  /** Size and SHA-256, where they are known. */
  bytes?: number | undefined;
  sha256?: string | undefined;
  /** Looks into the file that has arrived, and throws a UserError when it is not the right one. */
  check?(path: string): Promise<void>;
  /** Hears how many bytes are there, and of how many if the server says so. */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /** Milliseconds without a byte after which a server counts as dead. */
  patience?: number;
}

export interface Downloaded {
  url: string;
  bytes: number;
  sha256: string;
}

/** Which file a part belongs to: `validator` is what `If-Range` takes. */
interface PartNote {
  url: string;
  validator?: string;
}

/** Why an address gave no file; another one may. */
class Refusal extends Error {}

/**
 * Downloads a file.
 *
 * @throws UserError when no address gives it, saying why for each, or when the disk refuses.
 */
export async function download(wanted: Download): Promise<Downloaded> {
  const part = `${wanted.path}.part`;
  const file = openPart(part);
  try {
    const refusals: string[] = [];
    for (const url of wanted.urls) {
      try {
        const bytes = await fetchAll(url, file, part, wanted);
        const sha256 = await verify(part, bytes, wanted);
        file.syncSync();
        Deno.renameSync(part, wanted.path);
        remove(noteOf(part));
        return { url, bytes, sha256 };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refusals.push(`${url}: ${error.message}`);
      }
    }
    return fail(`Cannot fetch "${wanted.path}". ${refusals.map((refusal) => `${refusal}.`).join(" ")}`);
  } finally {
    const empty = file.statSync().size === 0;
    file.close();
    if (empty) remove(part);
  }
}

const noteOf = (part: string) => `${part}.json`;

/** Opens the part, which no other process may write at the same time. */
function openPart(part: string): Deno.FsFile {
  let file: Deno.FsFile;
  try {
    Deno.mkdirSync(dirname(part), { recursive: true });
    file = Deno.openSync(part, { create: true, read: true, write: true });
  } catch (error) {
    fail(`Cannot write "${part}": ${reason(error)}.`, error);
  }
  if (file.tryLockSync(true)) return file;
  file.close();
  fail(`Another process is fetching "${part}"; wait until it ends.`);
}

/** Fetches until all is there, going on after a cut as long as each try brings something. Returns the size. */
async function fetchAll(url: string, file: Deno.FsFile, part: string, wanted: Download): Promise<number> {
  for (;;) {
    const before = file.statSync().size;
    try {
      return await fetchRest(url, file, part, wanted);
    } catch (error) {
      if (error instanceof Refusal || error instanceof UserError) throw error;
      if (file.statSync().size <= before) throw new Refusal(reasonOf(error));
    }
  }
}

/** One request for what is missing. */
async function fetchRest(url: string, file: Deno.FsFile, part: string, wanted: Download): Promise<number> {
  const { sha256, bytes: expected, onProgress, patience = 60_000 } = wanted;
  const note = readNote(part);
  const have = file.statSync().size;
  const sure = sha256 !== undefined || (note?.url === url && note.validator !== undefined);
  const headers = new Headers({ "accept-encoding": "identity" });
  if (have > 0 && sure) {
    headers.set("range", `bytes=${have}-`);
    if (note?.url === url && note.validator) headers.set("if-range", note.validator);
  }
  const silence = new AbortController();
  const listen = () => setTimeout(() => silence.abort(new Error("the server fell silent")), patience);
  let timer = listen();
  try {
    const response = await fetch(url, { headers, signal: silence.signal });
    const { start, total } = placeOf(response, have);
    const changed = start === have && note?.validator !== undefined && validatorOf(response) !== note.validator;
    if (start === undefined || (start > 0 && changed && sha256 === undefined)) {
      await response.body?.cancel();
      if (response.status === 416 && total === have) return have; // all of it had arrived
      if (have === 0 || ![206, 416].includes(response.status)) throw new Refusal(answerOf(response));
      file.truncateSync(0); // the part is of another file: once more, for all of it
      return await fetchRest(url, file, part, wanted);
    }
    if (total !== undefined && expected !== undefined && total !== expected) {
      await response.body?.cancel();
      throw new Refusal(`the file there has ${total} bytes, and ${expected} were expected`);
    }
    writeAtomic(noteOf(part), JSON.stringify({ url, validator: validatorOf(response) }) + "\n");
    file.truncateSync(start);
    file.seekSync(start, Deno.SeekMode.Start);
    let done = start;
    for await (const piece of response.body ?? []) {
      clearTimeout(timer);
      timer = listen();
      write(file, piece, part);
      done += piece.length;
      onProgress?.(done, total);
    }
    if (total !== undefined && done !== total) throw new Error(`the connection ended after ${done} of ${total} bytes`);
    return done;
  } finally {
    clearTimeout(timer);
  }
}

/** From where on a response fills the file, and how large that is; no start where it brings nothing that fits. */
function placeOf({ status, headers }: Response, have: number): { start?: number; total: number | undefined } {
  const number = (text: string | null | undefined) => /^\d+$/.test(text ?? "") ? Number(text) : undefined;
  if (status === 200) return { start: 0, total: number(headers.get("content-length")) };
  const [, from, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  return { ...(status === 206 && number(from) === have ? { start: have } : {}), total: number(total) };
}

function answerOf({ status, statusText }: Response): string {
  return `the server says ${status} ${statusText}`.trim();
}

/** The name of the file's version. A weak ETag does not promise the same bytes. */
function validatorOf({ headers }: Response): string | undefined {
  const etag = headers.get("etag");
  return etag && !etag.startsWith("W/") ? etag : headers.get("last-modified") ?? undefined;
}

/** Refuses a file that is not the one that was wanted, and throws its part away. */
async function verify(part: string, bytes: number, { bytes: size, sha256: digest, check }: Download): Promise<string> {
  const sha256 = sha256File(part);
  const why = size !== undefined && bytes !== size
    ? `the file there has ${bytes} bytes, and ${size} were expected`
    : digest !== undefined && sha256 !== digest
    ? `the file there has SHA-256 ${sha256}, and ${digest} was expected`
    : await check?.(part).then(() => undefined, (error) => {
      if (error instanceof UserError) return error.message.replace(/\.$/, "");
      throw error;
    });
  if (why === undefined) return sha256;
  Deno.truncateSync(part, 0);
  remove(noteOf(part));
  throw new Refusal(why);
}

function readNote(part: string): PartNote | undefined {
  try {
    return readJson<PartNote>(noteOf(part));
  } catch {
    return undefined; // there is none, or it is damaged: the part is of no use then
  }
}

function write(file: Deno.FsFile, piece: Uint8Array, part: string): void {
  try {
    for (let at = 0; at < piece.length;) at += file.writeSync(piece.subarray(at));
  } catch (error) {
    fail(`Cannot write "${part}": ${reason(error)}. What has arrived is kept.`, error);
  }
}

/** What the network says, without our own address and the libraries' layers. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: unknown; message: string };
  return cause instanceof Error ? reasonOf(cause) : message.replace(/^.*?\): /, "").replace(/\.$/, "");
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
