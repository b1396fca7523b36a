/**
 * Measures the dynamic blocks of a run while it generates the stories of a split, in inference mode.
 *
 * The noise of a story is the one that its evaluated pictures were generated with. The other story whose words a block
 * reads is the one of the shuffled scores, see {@link derangement}.
 */
import { digestJson } from "../../base/files.ts";
import { storyBatch } from "../../data/batches/stories.ts";
import type { Story } from "../../data/store/stories.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../../engine/mod.ts";
import type { Probes } from "../../model/contract.ts";
import type { Measurement } from "../../records/measurement.ts";
import { conditionBatch } from "../../runs/sampling/generate.ts";
import { type CachedTensor, computeCached, pausePoint } from "../cache.ts";
import { type EvaluationContext, isWanted, metricsByKind } from "../evaluators.ts";
import { type Generator, storyNoise } from "../generate.ts";
import type { Inputs } from "../inputs.ts";
import { derangement } from "../text_metrics.ts";
import { type BlockColumn, blockColumns, blockMeasurements } from "./block_metrics.ts";

/**
 * All metrics of {@link metricsByKind}.blocks; none for a system without dynamic blocks.
 *
 * @param generator its weights and frozen tensors must not be disposed of yet
 * @param drawn the key of all that the generated stories depend on, see `generateStories`
 * @throws the reason of `context.watch.signal` where that stopped the work.
 */
export async function evaluateBlocks(
  { checkpoint, split, stories }: Pick<Inputs, "checkpoint" | "split" | "stories">,
  generator: Generator,
  drawn: string,
  context: EvaluationContext,
): Promise<Measurement[]> {
  const { system: { probes }, config, set, batch: B, seed } = generator;
  const others = derangement(stories.length, context.protocol.seed);
  const columns = blockColumns(probes?.blocks(config) ?? [], others !== undefined);
  if (!probes || columns.length === 0 || !isWanted(context, ...metricsByKind.blocks)) return [];
  const width = columns.length + 2;
  const measure = measureStories(probes, generator, columns);
  const noiseOf = generator.system.latents(config, 1, set.frames);
  const conditionOf = (stories: Story[]) =>
    conditionBatch(generator, storyBatch(set, generator.vocabulary, config, stories));
  let rest: State | undefined; // the discriminator

  // Which story is the other one depends on their number.
  const key = digestJson({ version: 1, drawn, columns, stories: stories.length });
  const { data } = await computeCached(
    { folder: `${context.caches.generated.folder}/blocks-${key.slice(0, 16)}`, key, stories: stories.length, stage },
    async (first, count): Promise<CachedTensor> => {
      rest ??= checkpoint.uploadRest();
      const values = new Float32Array(count * width);
      for (let at = 0; at < count; at += B) {
        await pausePoint(context.watch);
        // Fewer stories than a batch are padded with the last one, so that one compiled shape serves all.
        const chosen = Array.from({ length: B }, (_, i) => first + Math.min(at + i, count - 1));
        const given = conditionOf(chosen.map((i) => stories[i]!));
        const exchanged = conditionOf(chosen.map((i) => stories[others?.[i] ?? i]!));
        const noise = storyNoise(noiseOf, seed, split, chosen.map((i) => stories[i]!));
        const { images } = given.uploaded as { images: Tensor };
        const found = measure({ ...generator.weights, ...rest }, given.condition, exchanged.condition, images, noise);
        const size = Math.min(B, count - at) * width;
        values.set((await found.data() as Float32Array).subarray(0, size), at * width);
        disposeTree([given.uploaded, given.condition, exchanged.uploaded, exchanged.condition, noise, found]);
      }
      return { dtype: "F32", shape: [count, width], data: values };
    },
    context.watch,
  );
  measure.dispose();
  if (rest) disposeTree(rest);
  return blockMeasurements(columns, data as Float32Array, context.protocol)
    .filter(({ name }) => isWanted(context, name.slice(0, name.indexOf("["))));
}

const stage = "probing blocks";

/** Compiles the numbers of a batch of stories, [B, columns + 2], see `blockMeasurements`; `dispose` frees the program. */
function measureStories(probes: Probes, { system, config }: Generator, columns: BlockColumn[]) {
  return jit(
    (weights: State, condition: State, others: State, images: Tensor, noise: State): Tensor => {
      const [B] = images.shape as [number];
      const flat = (x: Tensor) => x.reshape([B, -1]);
      const selecting = columns.some(({ metric }) => metric === "self-attention");
      const found = selecting ? probes.inspect(config, weights, { images, ...condition }, noise) : {};
      const drawn = flat(system.generate(config, weights, condition, noise, false).images); // [B, T·H·W·3]
      const numbers = columns.map((column) => {
        if (column.metric === "self-attention") {
          return tf.mean(flat(tf.cast(tf.greater(found[column.u]!, 0), "float32")), 1); // [B·T] → [B]
        }
        const changed = flat(probes.exchangeWords(config, weights, condition, others, noise, column.block));
        return tf.mean(tf.squaredDifference(changed, drawn), 1); // [B]
      });
      return tf.stack([...numbers, tf.mean(drawn, 1), tf.mean(tf.square(drawn), 1)], 1);
    },
    { name: `probe-${system.name}` },
  );
}
