/**
 * The exit codes of every task: 0 for success, 1 with one "error: …" line for what a user can fix, 70 with a stack trace
 * for a defect of the kit.
 */
import { UserError } from "../../base/errors.ts";
import { enterUserFolder } from "./paths.ts";

/** Exit code of a defect, by the convention of sysexits.h. */
const defect = 70;

/**
 * Runs a task's `main` with the arguments of the command line, in the folder in which the user stands. Signals are
 * handled by the tasks.
 *
 * @param usage printed for `--help`, instead of running
 */
export async function runTask(main: (args: string[]) => Promise<void>, usage?: string): Promise<void> {
  if (usage && Deno.args.some((arg) => arg === "--help" || arg === "-h")) {
    console.log(usage);
    return;
  }
  try {
    enterUserFolder();
    await main(Deno.args);
  } catch (error) {
    console.error(error instanceof UserError ? `error: ${error.message}` : error);
    // Not Deno.exitCode: a failed task may leave an engine or a server open, and must end nevertheless.
    Deno.exit(error instanceof UserError ? 1 : defect);
  }
}
