/** Giving way between two steps. */

/**
 * Lets timers and signals have their turn. A zero timer, not an immediate: with immediates alone the runtime never rests,
 * and then looks at signals only every 61st time.
 */
export function giveWay(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}
