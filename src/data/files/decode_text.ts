/** Text of unknown origin: UTF-8, or Windows-1252 where it is none. */

const utf8 = new TextDecoder("utf-8", { fatal: true }); // drops a byte order mark
const windows1252 = new TextDecoder("windows-1252");

/** The text, or undefined when the bytes are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** UTF-8 if it is that, else Windows-1252, which takes any bytes. */
export function decodeText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? windows1252.decode(bytes);
}
