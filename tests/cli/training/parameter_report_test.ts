import { assertEquals, assertStringIncludes } from "@std/assert";
import { resolveConfig } from "../../../src/model/config.ts";
import { inMillions, paramsReport, paramsTable } from "../../../src/cli/training/parameter_report.ts";

Deno.test("paramsReport() counts the paper preset as Table 1 does, and its parts add up", () => {
  const report = paramsReport(resolveConfig("paper"));
  const { system, preset, generator, discriminator, text, textPerWord } = report;
  assertEquals({ system, preset, generator, discriminator, text, textPerWord }, {
    system: "ours",
    preset: "paper",
    generator: 25_139_600,
    discriminator: 23_501_972,
    text: 440_320,
    textPerWord: 300,
  });
  assertEquals(Object.values(report.parts).reduce((a, b) => a + b), generator + discriminator);
});

Deno.test("paramsReport() counts the parameters of nine labels, with the story code that keeps Table 1's numbers", () => {
  const { generator, discriminator } = paramsReport(resolveConfig("paper", ["data.labels=9", "model.storyCode=124"]));
  assertEquals([generator, discriminator], [25_139_536, 23_510_900]);
});

Deno.test("inMillions() cuts to one decimal as Table 1 does", () => {
  assertEquals(inMillions(25_199_999), "25.1M");
  assertEquals(inMillions(607_752), "0.6M");
});

Deno.test("paramsTable() shows parts and totals, and the paper's value beside", () => {
  const table = paramsTable(paramsReport(resolveConfig("paper")));
  assertStringIncludes(table, "generator.db8");
  assertEquals(/generator, total.*25,139,600.*25\.1M.*25\.1M/.test(table), true);
  assertEquals(/discriminator, total.*23,501,972.*23\.5M.*23\.5M/.test(table), true);
});

Deno.test("paramsTable() puts the paper's value in brackets for other presets", () => {
  assertStringIncludes(paramsTable(paramsReport(resolveConfig("tiny"))), "(25.1M)");
});
