/** Decodes text files whose encoding is not known: UTF-8 where the bytes are valid, otherwise Windows-1252. */

const utf8 = new TextDecoder("utf-8", { fatal: true }); // it removes a byte order mark
const windows1252 = new TextDecoder("windows-1252");

/** Decodes UTF-8; returns undefined when the bytes are not valid. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Decodes UTF-8 or, where that is not valid, Windows-1252, which accepts any bytes. */
export function decodeText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? windows1252.decode(bytes);
}
