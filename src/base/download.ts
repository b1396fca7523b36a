/**
 * Downloads of large files, verified and resumable.
 *
 * The bytes received so far are kept as `NAME.part`, so that an interrupted download continues where it stopped; the
 * file gets its name only when its size and digest are correct. A download continues only where it is certain that the
 * part belongs to the same file: the digest is known, or the server's validator (ETag or date) is unchanged.
 */
import { dirname } from "node:path";
import { fail, UserError } from "./errors.ts";
import { readJson, reason, sha256File, writeAtomic } from "./files.ts";
import { counted } from "./text.ts";

export interface Download {
  /** URLs of the same file, tried one after another. */
  urls: string[];
  /** Path of the file; its folder is created. An existing file is replaced. */
  path: string;
  /** Size in bytes and SHA-256, if they are known. */
  bytes?: number | undefined;
  sha256?: string | undefined;
  /** Examines the downloaded file; throws a UserError when it is not the expected one. */
  check?: ((path: string) => Promise<void>) | undefined;
  /** Called with the number of bytes received, and the size of the file if the server reports it. */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /** Milliseconds without a byte after which the connection is given up. Default: 60 000. */
  timeout?: number | undefined;
}

export interface Downloaded {
  url: string;
  bytes: number;
  sha256: string;
}

/** The file that a part belongs to; `validator` is the value for `If-Range`. */
interface PartNote {
  url: string;
  validator?: string | undefined;
}

/** Why a URL did not provide the file; the next URL is tried. */
class Refusal extends Error {}

/**
 * Downloads a file.
 *
 * @throws UserError when no URL provides the file (with the reason for each), or when it cannot be written.
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

/** Opens and locks the part, so that no other process writes it at the same time. */
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
  fail(`Another process is downloading "${part}"; wait until it has finished.`);
}

/** Downloads the whole file, reconnecting as long as each attempt receives something. Returns the size. */
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

/** One request for the missing bytes. */
async function fetchRest(url: string, file: Deno.FsFile, part: string, wanted: Download): Promise<number> {
  const { sha256, bytes: expected, onProgress, timeout = 60_000 } = wanted;
  const note = readNote(part);
  const have = file.statSync().size;
  const resumable = sha256 !== undefined || (note?.url === url && note.validator !== undefined);
  const headers = new Headers({ "accept-encoding": "identity" });
  if (have > 0 && resumable) {
    headers.set("range", `bytes=${have}-`);
    if (note?.url === url && note.validator) headers.set("if-range", note.validator);
  }
  const abort = new AbortController();
  const startTimer = () => setTimeout(() => abort.abort(new Error("the server stopped sending")), timeout);
  let timer = startTimer();
  try {
    const response = await fetch(url, { headers, signal: abort.signal });
    const { start, total } = placeOf(response, have);
    const changed = start === have && note?.validator !== undefined && validatorOf(response) !== note.validator;
    if (start === undefined || (start > 0 && changed && sha256 === undefined)) {
      await response.body?.cancel();
      if (response.status === 416 && total === have) return have; // the part is complete
      if (have === 0 || ![206, 416].includes(response.status)) throw new Refusal(answerOf(response));
      file.truncateSync(0); // the part belongs to another version: download everything again
      return await fetchRest(url, file, part, wanted);
    }
    if (total !== undefined && expected !== undefined && total !== expected) {
      await response.body?.cancel();
      throw new Refusal(`it has ${counted(total, "byte")}, and ${expected} were expected`);
    }
    writeAtomic(noteOf(part), JSON.stringify({ url, validator: validatorOf(response) }) + "\n");
    file.truncateSync(start);
    file.seekSync(start, Deno.SeekMode.Start);
    let done = start;
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = startTimer();
      write(file, chunk, part);
      done += chunk.length;
      onProgress?.(done, total);
    }
    if (total !== undefined && done !== total) throw new Error(`the connection ended after ${done} of ${total} bytes`);
    return done;
  } finally {
    clearTimeout(timer);
  }
}

/** The byte of the file at which a response begins, undefined where it does not fit the part, and the file's size. */
function placeOf({ status, headers }: Response, have: number): { start?: number; total: number | undefined } {
  const number = (text: string | null | undefined) => /^\d+$/.test(text ?? "") ? Number(text) : undefined;
  if (status === 200) return { start: 0, total: number(headers.get("content-length")) };
  const [, from, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  return { ...(status === 206 && number(from) === have ? { start: have } : {}), total: number(total) };
}

function answerOf({ status, statusText }: Response): string {
  return `the server says ${status} ${statusText}`.trim();
}

/** Identifier of the file's version. A weak ETag does not guarantee the same bytes. */
function validatorOf({ headers }: Response): string | undefined {
  const etag = headers.get("etag");
  return etag && !etag.startsWith("W/") ? etag : headers.get("last-modified") ?? undefined;
}

/** Returns the SHA-256 of the part; deletes the part and throws a Refusal when it is not the expected file. */
async function verify(part: string, bytes: number, { bytes: size, sha256: digest, check }: Download): Promise<string> {
  const sha256 = sha256File(part);
  const why = size !== undefined && bytes !== size
    ? `it has ${counted(bytes, "byte")}, and ${size} were expected`
    : digest !== undefined && sha256 !== digest
    ? `it has SHA-256 ${sha256}, and ${digest} was expected`
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
    return undefined; // missing or damaged: the part cannot be used
  }
}

function write(file: Deno.FsFile, chunk: Uint8Array, part: string): void {
  try {
    for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
  } catch (error) {
    fail(`Cannot write "${part}": ${reason(error)}. The bytes received so far are kept.`, error);
  }
}

/** The innermost error of the network stack, without the URL. */
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
