/** Waiting for the device: single events, and the programs that may still be running. */
import type { Plugin } from "./plugin.ts";
import { struct } from "./structs.ts";

/** What {@link eventsOf} gives. */
export interface Events {
  /** Waits for an event and frees it; throws what it failed with. None (0) is over already. */
  settle(event: bigint): void;
  /** The same without holding up the event loop. */
  settleAsync(event: bigint): Promise<void>;
  /** Keeps the event of a program that was started. */
  started(event: bigint): void;
  /** Waits until no program runs. What went wrong is in a program's results, for those who read them. */
  finish(): void;
}

/** The events of one plugin's client. */
export function eventsOf(plugin: Plugin): Events {
  let running: bigint[] = [];
  const destroy = (event: bigint) => plugin.call("PJRT_Event_Destroy", struct("PJRT_Event_Destroy_Args", { event }));

  function settle(event: bigint): void {
    if (event === 0n) return;
    try {
      plugin.call("PJRT_Event_Await", struct("PJRT_Event_Await_Args", { event }));
    } finally {
      destroy(event);
    }
  }
  async function settleAsync(event: bigint): Promise<void> {
    try {
      await plugin.callAsync("PJRT_Event_Await", struct("PJRT_Event_Await_Args", { event }));
    } finally {
      destroy(event);
    }
  }

  function isOver(event: bigint): boolean {
    const state = struct("PJRT_Event_IsReady_Args", { event });
    plugin.call("PJRT_Event_IsReady", state);
    return (state.get("is_ready") & 1n) === 1n;
  }
  function started(event: bigint): void {
    running = running.filter((earlier) => {
      if (!isOver(earlier)) return true;
      destroy(earlier);
      return false;
    });
    if (event !== 0n) running.push(event);
  }
  function finish(): void {
    for (const event of running.splice(0)) {
      try {
        settle(event);
      } catch {
        // Reading the results says so too.
      }
    }
  }
  return { settle, settleAsync, started, finish };
}
