import { assertEquals, assertMatch } from "@std/assert";
import type { EngineInfo } from "../../src/engine/mod.ts";
import { compareEnvironments, describeEnvironment } from "../../src/records/environment.ts";

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

Deno.test("compareEnvironments() names everything that may change numbers, before and after", () => {
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

Deno.test("compareEnvironments() assumes float32 and the present flags for records without them", () => {
  const { environment: before } = describeEnvironment(engine);
  const now = { ...engine, precision: "float32" as const, deterministic: true, flags: ["xla_a=1"] };
  assertEquals(compareEnvironments(before, { ...before, engine: now }), []);
  const low = { ...now, precision: "bfloat16" as const, deterministic: false, flags: ["xla_a=1", "xla_b=2"] };
  assertEquals(compareEnvironments({ ...before, engine: now }, { ...before, engine: low }), [
    "precision: float32 → bfloat16",
    "deterministic: true → false",
    "XLA's flags: xla_a=1 → xla_a=1 xla_b=2",
  ]);
});

Deno.test("compareEnvironments() compares the model of a GPU and not its index", () => {
  const { environment } = describeEnvironment(engine);
  const on = (device: string) => ({ ...environment, engine: { ...engine, devices: [device] } });
  assertEquals(compareEnvironments(on("cuda:0 NVIDIA H100"), on("cuda:1 NVIDIA H100")), []);
  assertEquals(compareEnvironments(on("cuda:0 NVIDIA H100"), on("cuda:0 NVIDIA A100")), [
    "devices: cuda NVIDIA H100 → cuda NVIDIA A100",
  ]);
});
