/**
 * The font of all figures: DejaVu Sans from the npm package `dejavu-fonts-ttf`, so that figures look the same on every
 * machine, whichever fonts are installed there.
 */

const folder = new URL("ttf/", import.meta.resolve("dejavu-fonts-ttf/package.json"));

/** The faces that figures use; other weights and families fall back to them. */
const faces = { normal: "DejaVuSans.ttf", bold: "DejaVuSans-Bold.ttf", mono: "DejaVuSansMono.ttf" };
export type Face = keyof typeof faces;

const read = new Map<Face, Uint8Array>();

function bytesOf(face: Face): Uint8Array {
  if (!read.has(face)) read.set(face, Deno.readFileSync(new URL(faces[face], folder)));
  return read.get(face)!;
}

/** The files of all faces. */
export function fontFiles(): Uint8Array[] {
  return (Object.keys(faces) as Face[]).map(bytesOf);
}

const advances = new Map<Face, (sign: number) => number>();

/** The width of a line of text in pixels at a font size. Without kerning, which changes it by less than 2 %. */
export function textWidth(text: string, size: number, face: Face = "normal"): number {
  if (!advances.has(face)) advances.set(face, readAdvances(bytesOf(face)));
  const advance = advances.get(face)!;
  let sum = 0;
  for (const sign of text) sum += advance(sign.codePointAt(0)!);
  return sum * size;
}

/** Breaks a text between words so that no line is wider than `width` pixels; a longer word gets a line of its own. */
export function wrapText(text: string, width: number, size: number, face: Face = "normal"): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, size, face) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * Reads the advance widths of a font, in ems: the glyph of a character from the table `cmap` (format 4), its width from
 * `hmtx`. A character that the font lacks has the width of glyph 0. [OpenType specification]
 */
function readAdvances(bytes: Uint8Array): (sign: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number) => view.getUint16(at);
  const tables = Object.fromEntries(
    Array.from({ length: u16(4) }, (_, i) => 12 + 16 * i).map((
      at,
    ) => [new TextDecoder().decode(bytes.subarray(at, at + 4)), view.getUint32(at + 8)]),
  ) as Record<"cmap" | "head" | "hhea" | "hmtx", number>;
  const perEm = u16(tables.head + 18);
  const widths = u16(tables.hhea + 34);
  const encodings = Array.from({ length: u16(tables.cmap + 2) }, (_, i) => tables.cmap + 4 + 8 * i);
  const at = encodings.map((entry) => tables.cmap + view.getUint32(entry + 4)).find((table) => u16(table) === 4);
  if (at === undefined) throw new Error("The font has no cmap table of format 4.");
  const twice = u16(at + 6); // the number of segments, doubled
  const [ends, starts, deltas, offsets] = [14, 16 + twice, 16 + 2 * twice, 16 + 3 * twice].map((start) =>
    at + start
  ) as [
    number,
    number,
    number,
    number,
  ];
  const glyphOf = (sign: number) => {
    for (let i = 0; i < twice; i += 2) {
      if (sign > u16(ends + i)) continue;
      if (sign < u16(starts + i)) return 0;
      const offset = u16(offsets + i);
      const glyph = offset === 0 ? sign : u16(offsets + i + offset + 2 * (sign - u16(starts + i)));
      return glyph === 0 ? 0 : (glyph + u16(deltas + i)) & 0xffff;
    }
    return 0;
  };
  return (sign) => u16(tables.hmtx + 4 * Math.min(glyphOf(sign), widths - 1)) / perEm;
}
