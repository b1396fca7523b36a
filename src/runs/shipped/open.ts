/** Opens weights that ship with the repository: stories are then generated in a fresh clone, without training. */
import { fail } from "../../base/errors.ts";
import { exists, projectRoot, reason } from "../../base/files.ts";
import type { Config } from "../../model/config.ts";
import { systemByName } from "../../model/systems/mod.ts";
import { uploadStored } from "../../train/checkpoint.ts";
import type { SampledModel } from "../sampling/model.ts";
import { decodeWeights, shapesOf, type WeightsFile } from "./file.ts";

/**
 * The folder of the weights that ship for a data set.
 *
 * It belongs to the sources, wherever the data sets of a user are (STORYLOOM_DATA).
 */
export const shippedFolder = (set: string): string => `${projectRoot}/data/weights/${set}`;

/** The file of weights in such a folder. */
export const weightsPath = (folder: string): string => `${folder}/model.safetensors`;

/** The data set whose weights are used unless another folder is named. */
const defaultSet = "clipart";

/** A model that ships with the repository. */
export interface ShippedModel extends SampledModel {
  /** Name of the run that trained it. */
  name: string;
  /** Commit of the code that trained it; null where it was trained outside git. */
  commit: string | null;
  /** The data set that it was trained on. */
  data: WeightsFile["data"];
  /** How the numbers are stored; in memory they are float32. */
  dtype: "F32" | "F16";
  /** SHA-256 of tensors and metadata. */
  digest: string;
}

/**
 * Opens shipped weights; needs no engine, and takes some milliseconds.
 *
 * @param folder default: the weights of clipart in this repository
 * @throws UserError when there are none, or the file is damaged or of another format.
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { UserError } from "../../base/errors.ts";
 * import { openShippedModel } from "./open.ts";
 *
 * assertThrows(() => openShippedModel("runs/none"), UserError, "train a run");
 * ```
 */
export function openShippedModel(folder: string = shippedFolder(defaultSet)): ShippedModel {
  const path = weightsPath(folder);
  if (!exists(path)) {
    fail(
      `There are no shipped weights "${path}"; train a run (deno task train) and name it: deno task sample RUN ` +
        `--story "…".`,
    );
  }
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    fail(`Cannot read the weights "${path}": ${reason(error)}.`, error);
  }
  const { run, weights, encoder, ...rest } = decodeWeights(bytes, path);
  return {
    ...rest,
    name: run,
    upload: () => ({ weights: uploadStored(weights), encoder: uploadStored(encoder) }),
  };
}

/** The model and its origin in words, e.g. `shipped weights of 0002-ours-tiny-clipart, step 540, commit 9ef4f1b985de`. */
export function describeShipped({ name, step, commit }: Pick<ShippedModel, "name" | "step" | "commit">): string {
  return `shipped weights of ${name}, step ${step}, ${commit ? `commit ${commit.slice(0, 12)}` : "no commit"}`;
}

/**
 * The shipped weights where they can stand for a run of a configuration: those of the same data set, whose networks have
 * the same shapes.
 *
 * @returns the model, if any, and a line that says which it is or why there is none
 * @throws UserError as {@link openShippedModel} does for a damaged file.
 */
export function shippedFor(
  config: Config,
  folder: string = shippedFolder(config.data.name),
): { model?: ShippedModel; said: string } {
  if (!exists(weightsPath(folder))) return { said: `no weights are shipped for ${config.data.name}` };
  const model = openShippedModel(folder);
  const shapes = (config: Config) => {
    const named = shapesOf(systemByName(config.system), config, model.data);
    return JSON.stringify(Object.entries(named).sort(([a], [b]) => a < b ? -1 : 1));
  };
  const fits = model.config.system === config.system && model.data.name === config.data.name &&
    shapes(config) === shapes(model.config);
  return fits
    ? { model, said: describeShipped(model) }
    : { said: `the ${describeShipped(model)}, are of other settings and are not used` };
}
