import { assertEquals, assertMatch } from "@std/assert";
import type { EngineInfo } from "../../src/engine/mod.ts";
import { compareEnvironments, describeEnvironment } from "../../src/runs/environment.ts";

const engine: EngineInfo = { name: "cpu", version: "tfjs 4.22.0", devices: ["cpu"], threads: 1 };

Deno.test("describeEnvironment() gives digests of code and packages, and the diff that its digest names", () => {
  const { environment, diff } = describeEnvironment(engine);
  assertMatch(environment.code, /^[0-9a-f]{64}$/);
  assertMatch(environment.lock, /^[0-9a-f]{64}$/);
  assertEquals(environment.deno, Deno.version.deno);
  assertEquals(environment.uncommitted === null, diff === "");
  if (environment.commit !== null) assertMatch(environment.commit, /^[0-9a-f]{40}$/);
});

Deno.test("compareEnvironments() finds nothing between equal ones, nor where only the commit differs", () => {
  const { environment } = describeEnvironment(engine);
  assertEquals(compareEnvironments(environment, structuredClone(environment)), []);
  assertEquals(compareEnvironments(environment, { ...environment, commit: "0".repeat(40), host: "other" }), []);
});

Deno.test("compareEnvironments() names each thing that may change numbers, before and after", () => {
  const { environment } = describeEnvironment(engine);
  const before = { ...environment, commit: "a".repeat(40), uncommitted: null };
  const after = {
    ...before,
    code: "c".repeat(64),
    lock: "d".repeat(64),
    uncommitted: "e".repeat(64),
    engine: { ...engine, name: "wasm" as const, threads: 2 },
  };
  assertEquals(compareEnvironments(before, after), [
    `code: ${
      before.code.slice(0, 12)
    } (commit aaaaaaaaaaaa) → cccccccccccc (commit aaaaaaaaaaaa and uncommitted changes)`,
    `packages (deno.lock): ${before.lock.slice(0, 12)} → dddddddddddd`,
    "engine: cpu → wasm",
    "threads: 1 → 2",
  ]);
});
