/**
 * Lets timers and signal handlers run between two steps.
 *
 * It is a zero timer, not an immediate: with immediates alone the runtime checks for signals only every 61st time.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}
