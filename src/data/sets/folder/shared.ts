/** Finds pictures of validation and test that are in training, too, also under other names. */
import { sha256 } from "../../../base/files.ts";
import type { Archive } from "../../files/archive.ts";
import type { SourceStory } from "../source.ts";
import type { ReadStory } from "./list.ts";

/** A story that has its split. */
export type Assigned = ReadStory & { split: SourceStory["split"] };

const imagesOf = ({ frames }: ReadStory) => frames.flatMap(({ images }) => images);

/**
 * For each picture that has the bytes of another one a digest of them. Only files of equal size are read.
 *
 * @returns digests by path; a file that cannot be read has none, decoding it names the reason
 */
export async function equalFiles(
  files: Pick<Archive, "stat" | "read">,
  stories: ReadStory[],
): Promise<Map<string, string>> {
  const bySize = new Map<number, string[]>();
  for (const path of new Set(stories.flatMap(imagesOf))) {
    const { size } = await files.stat(path).catch(() => ({ size: 0 }));
    if (!bySize.has(size)) bySize.set(size, []);
    bySize.get(size)!.push(path);
  }
  const digests = new Map<string, string>();
  for (const path of [...bySize.values()].filter(({ length }) => length > 1).flat()) {
    const bytes = await files.read(path).catch(() => undefined);
    if (bytes) digests.set(path, sha256(bytes));
  }
  return digests;
}

/**
 * Warnings about validation and test stories that share pictures with training.
 *
 * @param digests of {@link equalFiles}
 */
export function sharedPictures(stories: Assigned[], digests: Map<string, string>): string[] {
  const contentOf = (path: string) => digests.get(path) ?? path;
  const seen = new Map<string, string>(); // path of a training picture by its content
  for (const story of stories) {
    if (story.split === "train") { for (const path of imagesOf(story)) seen.set(contentOf(path), path); }
  }
  return (["val", "test"] as const).flatMap((split) => {
    const held = stories.filter((story) => story.split === split);
    const shared = held.map((story) => imagesOf(story).find((path) => seen.has(contentOf(path))))
      .filter((path) => path !== undefined);
    const [path] = shared;
    if (path === undefined) return [];
    const there = seen.get(contentOf(path))!;
    const example = there === path ? `"${path}"` : `"${path}", which has the bytes of "${there}"`;
    return [
      `Stories of ${split} with a picture that training has too: ${shared.length} of ${held.length}, e.g. ${example}`,
    ];
  });
}
