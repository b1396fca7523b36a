import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { failures } from "../../../src/figures/pictures/failures.ts";
import { type Figure, MissingData } from "../../../src/figures/figure.ts";
import { figure2 } from "../../../src/figures/pictures/figure_2.ts";
import { figure3 } from "../../../src/figures/pictures/figure_3.ts";
import { inspectedGroups, ofOneSeed } from "../../../src/figures/inspected.ts";
import { readPaper } from "../../../src/figures/paper.ts";
import { selectors } from "../../../src/figures/charts/selectors.ts";
import { wordAttention } from "../../../src/figures/pictures/word_attention.ts";
import type { RunRecord } from "../../../src/records/read.ts";
import { withFolder } from "../../runs/help.ts";
import { inspectedRun } from "../inspected_fixture.ts";

const count = (text: string, part: string) => text.split(part).length - 1;
const made = async (figure: Figure, runs: RunRecord[]) => await figure.make({ runs, paper: readPaper() });

Deno.test("figures of inspected runs", (t) =>
  withFolder(async (root) => {
    const runs = [
      await inspectedRun(root, { number: 1, row: "ours-wsa-only" }),
      await inspectedRun(root, { number: 2, row: "ours" }),
      await inspectedRun(root, { number: 3, row: "ours", seed: 2 }),
      await inspectedRun(root, { number: 4, row: "ours", set: ["model.db.tau=2"] }),
    ];

    await t.step("groups hold runs that differ only in row and seed", () => {
      const groups = inspectedGroups({ runs });
      assertEquals(
        groups.map(({ data, setting, members }) => [data, setting, members.map(({ run }) => run.name[3])]),
        [["clipart", "preset tiny, 40 steps of 6 stories", ["2", "3", "1"]]],
      );
      assertEquals(ofOneSeed(groups[0]!).map(({ row, seed }) => [row, seed]), [["ours", 1], ["ours-wsa-only", 1]]);
    });

    await t.step("figures 2 and 3 have one column for the real frames and one for each system", async () => {
      const { csv, svg } = await made(figure2, runs);
      assertEquals(
        csv,
        `data,story,frame,caption,column,run,seed,picture
clipart,test-00007,0,Mike waves.,real,,,test-00007.real.png
clipart,test-00007,0,Mike waves.,ours,0002-made-up,1,test-00007.drawn.png
clipart,test-00007,0,Mike waves.,word attention only,0001-made-up,1,test-00007.drawn.png
clipart,test-00007,1,A dog & a cat <sit> there.,real,,,test-00007.real.png
clipart,test-00007,1,A dog & a cat <sit> there.,ours,0002-made-up,1,test-00007.drawn.png
clipart,test-00007,1,A dog & a cat <sit> there.,word attention only,0001-made-up,1,test-00007.drawn.png
`,
      );
      assertEquals(count(svg!, "<image "), 6);
      assertStringIncludes(svg!, "A dog &amp; a cat &lt;sit&gt; there.");
      assertStringIncludes(svg!, "clipart, preset tiny, 40 steps of 6 stories, seed 1");
      assertStringIncludes(svg!, "no run of it is recorded yet");
      const third = await made(figure3, runs);
      assertStringIncludes(third.csv, "test-00003");
      assert(!third.csv.includes("test-00007"));
    });

    await t.step(
      "w has a point for each block, level and seed of the full model",
      async () => {
        const { csv, spec } = await made(selectors, runs);
        const lines = csv.trimEnd().split("\n");
        assertEquals(lines.length, 1 + 2 * 3);
        assertEquals(
          lines.slice(0, 3).join("\n"),
          "data,system,run,seed,block,network,size,pictures,level,w,sd,low,high," +
            '"frames that take SA, %",from barest,"from barest, low","from barest, high",frames,stories\n' +
            "clipart,ours,0002-made-up,1,g16,generator,16,drawn,statement,0.52,0.1,0.52,0.52,75,0,,,4,2\n" +
            "clipart,ours,0002-made-up,1,g16,generator,16,drawn,relation,0.535,0.1,0.53,0.54,75,0.015,0.01,0.02,4,2",
        );
        const { data: { values } } = spec as unknown as { data: { values: Record<string, unknown>[] } };
        assertEquals(
          values.map(({ run, level }) => `${run} ${level}`),
          [2, 3].flatMap((number) =>
            ["statement", "relation", "detail"].map((level) => `000${number}-made-up ${level}`)
          ),
        );
        assertStringIncludes(JSON.stringify(spec), "4 frames of 2 test stories");
      },
    );

    await t.step("word attention has one map for each word, of the full model and of word attention only", async () => {
      const { csv, svg } = await made(wordAttention, runs);
      assertEquals(
        csv,
        `run,system,seed,story,frame,caption,block,w,word,position,mean share,least share,greatest share,row of greatest,column of greatest
0002-made-up,ours,1,test-00007,0,Mike waves.,g2,0.25,mike,0,0.35,0.2,0.8,1,1
0002-made-up,ours,1,test-00007,0,Mike waves.,g2,0.25,waves,1,0.65,0.2,0.8,0,0
0001-made-up,ours-wsa-only,1,test-00007,0,Mike waves.,g2,,mike,0,0.35,0.2,0.8,1,1
0001-made-up,ours-wsa-only,1,test-00007,0,Mike waves.,g2,,waves,1,0.65,0.2,0.8,0,0
`,
      );
      assertEquals(count(svg!, "<image "), 2 * (1 + 2));
    });

    await t.step("failures have score, missing and extra objects", async () => {
      const { csv, svg } = await made(failures, runs);
      assertEquals(
        csv,
        `run,seed,story,captions,metric,by,score,of real frames,mean of all,stories judged,missing,too much
0002-made-up,1,test-00003,Mike waves. | A dog & a cat <sit> there.,object-f1,classifier:1a2b3c4d,12,90,40,9,"dog 2, ball 1",
0003-made-up,2,test-00003,Mike waves. | A dog & a cat <sit> there.,object-f1,classifier:1a2b3c4d,13,90,40,9,"dog 2, ball 1",
`,
      );
      assertEquals(count(svg!, "<image "), 4);
      assertStringIncludes(svg!, "missing: dog 2, ball 1");
    });

    await t.step("an error names missing data and the command that makes them", async () => {
      for (const figure of [figure2, figure3, selectors, wordAttention, failures]) {
        const error = await assertRejects(() => made(figure, []), MissingData);
        assertStringIncludes(error.message, "deno task inspect RUN");
      }
      await assertRejects(() => made(failures, [runs[0]!]), MissingData, "full model");
      await assertRejects(() => made(selectors, [runs[0]!]), MissingData, "full model");
      Deno.removeSync(`${runs[1]!.folder}/inspection/test-00007.drawn.png`);
      await assertRejects(() => made(figure2, runs), UserError, "test-00007.drawn.png");
    });
  }));
