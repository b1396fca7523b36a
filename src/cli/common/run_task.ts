/**
 * How every task ends: 0 when all is well, 1 with one "error: …" line for what a user can mend, 70 with its trace for a
 * defect of ours.
 */
import { UserError } from "../../base/errors.ts";

/** Exit code of a defect, by the custom of sysexits.h. */
const defect = 70;

/**
 * Runs a task's `main` with the command line's arguments. Signals are left to the tasks.
 *
 * @param usage Printed for `--help` instead of running.
 */
export async function runTask(main: (args: string[]) => Promise<void>, usage?: string): Promise<void> {
  if (usage && Deno.args.some((arg) => arg === "--help" || arg === "-h")) {
    console.log(usage);
    return;
  }
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(error instanceof UserError ? `error: ${error.message}` : error);
    // Not process.exitCode: a failed task may leave an engine or a server open, and must end all the same.
    Deno.exit(error instanceof UserError ? 1 : defect);
  }
}
