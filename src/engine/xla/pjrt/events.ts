/** Waiting for the device: for single events, and for all programs that may still run. */
import type { Plugin } from "./plugin.ts";
import { struct } from "./structs.ts";

/** Result of {@link eventsOf}. */
export interface Events {
  /** Waits for an event and frees it; 0 is no event. @throws XlaError when the event failed. */
  settle(event: bigint): void;
  /** The same without blocking the event loop. */
  settleAsync(event: bigint): Promise<void>;
  /** Stores the completion event of a program that was started. */
  started(event: bigint): void;
  /** Waits until no program runs. Errors are ignored here; reading a program's results throws them. */
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

  function isReady(event: bigint): boolean {
    const state = struct("PJRT_Event_IsReady_Args", { event });
    plugin.call("PJRT_Event_IsReady", state);
    return (state.get("is_ready") & 1n) === 1n;
  }
  function started(event: bigint): void {
    running = running.filter((earlier) => {
      if (!isReady(earlier)) return true;
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
        // reading the results throws the same error
      }
    }
  }
  return { settle, settleAsync, started, finish };
}
