/** A stand-in for python3, so that every way to fail at installing is at hand and no network is used. */
import { dirname, join } from "node:path";
import { pluginVariable, requirementsPath } from "../../../src/engine/install.ts";

export const linux = { os: "linux", arch: "x86_64" };

/** Answers of a python3 that has pip; `INSTALL` is what its pip does, with the target folder as $target. */
export const python = (install: string) =>
  `#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case "$*" in
  *"pip --version"*) echo pip 23.0 ;;
  *"pip install"*)
    while [ "$1" != --target ]; do shift; done
    target="$2"
    ${install} ;;
  *) echo True ;;
esac
`;
/** Writes a requirements file of a project. */
export function writeRequirements(root: string, name: string, text: string): void {
  const path = requirementsPath(name, root);
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

/** A project folder, and a PATH with nothing but this python3 and a shell's own tools. */
export async function withPython(
  script: string | undefined,
  use: (root: string) => Promise<void>,
  others: Record<string, string> = {},
): Promise<void> {
  const root = await Deno.makeTempDir();
  const before = [Deno.env.get("PATH"), Deno.env.get(pluginVariable)] as const;
  writeRequirements(root, "xla-cpu.txt", "# why\nsome-plugin==1.2 --hash=sha256:00\n");
  writeRequirements(root, "tensorflow-cpu.txt", "some-flow==3.4 --hash=sha256:00\n");
  Deno.mkdirSync(join(root, "bin"));
  const programs = { python3: script, ...others };
  for (const [name, text] of Object.entries(programs)) {
    if (text) Deno.writeTextFileSync(join(root, "bin", name), text, { mode: 0o755 });
  }
  for (const tool of script ? ["sh", "dirname", "mkdir"] : []) {
    const path = ["/bin", "/usr/bin"].map((folder) => join(folder, tool)).find((file) => Deno.statSync(file).isFile)!;
    Deno.symlinkSync(path, join(root, "bin", tool));
  }
  Deno.env.set("PATH", join(root, "bin"));
  Deno.env.delete(pluginVariable);
  try {
    await use(root);
  } finally {
    Deno.env.set("PATH", before[0]!);
    if (before[1] !== undefined) Deno.env.set(pluginVariable, before[1]);
    await Deno.remove(root, { recursive: true });
  }
}
export const enginesIn = (root: string) => {
  try {
    return [...Deno.readDirSync(join(root, ".engine"))].map(({ name }) => name);
  } catch {
    return [];
  }
};
