import { assertEquals } from "@std/assert";
import { duration, progress } from "../../../src/cli/common/progress.ts";

/** Piped output with its own clock, in milliseconds. */
function piped() {
  const written: string[] = [];
  const clock = { time: 0 };
  const output = { terminal: false, write: (line: string) => written.push(line), now: () => clock.time };
  return { written, clock, output };
}

Deno.test("progress() writes a line for each tenth when piped, with rate and remaining time", () => {
  const { written, clock, output } = piped();
  const shown = progress("Composing", 100, "stories", output);
  for (let done = 1; done <= 100; done++) {
    clock.time = done * 200; // 5 stories a second
    shown.update(done);
  }
  shown.done("all well");
  assertEquals(written.length, 10);
  assertEquals(written[0], "Composing: 10/100 stories, 5/s, 18 s left");
  assertEquals(written.at(-1), "Composing: 100/100 stories in 20 s, all well");
});

Deno.test("progress() writes a line every ten seconds of slow work, and one line in all for fast work", () => {
  const slow = piped();
  const shown = progress("Training", 1000, "", slow.output);
  for (let done = 1; done <= 25; done++) {
    slow.clock.time = done * 1000;
    shown.update(done, "loss 1.5");
  }
  shown.done();
  assertEquals(slow.written, [
    "Training: 10/1000, 1/s, 16 min 30 s left, loss 1.5",
    "Training: 20/1000, 1/s, 16 min 20 s left, loss 1.5",
    "Training: 25/1000 in 25 s",
  ]);
  const fast = piped();
  const brief = progress("Reading", 5, "files", fast.output);
  for (let done = 1; done <= 5; done++) brief.update(done);
  brief.done();
  assertEquals(fast.written, ["Reading: 5/5 files in 0 s"]);
});

Deno.test("duration() names seconds, minutes and hours", () => {
  assertEquals([0, 59.4, 60, 185, 7810, -1].map(duration), [
    "0 s",
    "59 s",
    "1 min 0 s",
    "3 min 5 s",
    "2 h 10 min",
    "0 s",
  ]);
});
