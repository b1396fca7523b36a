/** Opens weights that ship with the repository: stories are then generated in a fresh clone, without training. */
import { flattenConfig, readOverride } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { exists, projectRoot, reason } from "../../base/files.ts";
import type { Config } from "../../model/config.ts";
import { uploadStored } from "../../train/checkpoint.ts";
import type { SampledModel } from "../sampling/model.ts";
import { decodeWeights, type WeightsFile } from "./file.ts";

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
  return modelOfFile(bytes, path);
}

/** The model in the bytes of a file of weights. @throws UserError when they are damaged or of another format. */
export function modelOfFile(bytes: Uint8Array, path: string): ShippedModel {
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

type Values = Map<string, unknown>;

/**
 * The shipped weights that can stand for a run: those of the same data set and system, unless settings are asked for that
 * they were not trained with.
 *
 * @param config the run's configuration
 * @param asked the overrides that it was asked for, e.g. `["model.db.tau=1"]`
 * @returns the model, if any, and a line that says which it is or why there is none
 * @throws UserError as {@link openShippedModel} does for a damaged file.
 */
export function shippedFor(
  config: Config,
  asked: string[] = [],
  folder: string = shippedFolder(config.data.name),
): { model?: ShippedModel; said: string } {
  if (!exists(weightsPath(folder))) return { said: `no weights are shipped for ${config.data.name}` };
  const model = openShippedModel(folder);
  const [wanted, found] = [config, model.config].map((config) => new Map(flattenConfig(config))) as [Values, Values];
  const keys = ["system", "data.name", ...asked.map((override) => readOverride(override).key)];
  return keys.every((key) => JSON.stringify(wanted.get(key)) === JSON.stringify(found.get(key)))
    ? { model, said: describeShipped(model) }
    : { said: `the ${describeShipped(model)}, are of other settings and are not used` };
}
