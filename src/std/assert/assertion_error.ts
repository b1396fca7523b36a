/** Thrown when an assertion does not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** Throws an {@link AssertionError}, after the caller's own message where there is one. */
export function refuse(what: string, own?: string): never {
  throw new AssertionError(own ? `${own}: ${what}` : what);
}
