/** The configuration and the numbers derived from it, which every training task shows before it starts. */
import { flattenConfig } from "../../base/config.ts";
import { counted } from "../../base/text.ts";
import { objectsAmong } from "../../data/batches/frame_classes.ts";
import { classifier } from "../../model/classifier/mod.ts";
import { damsm } from "../../model/damsm/mod.ts";
import { countTrainable } from "../../model/parameters.ts";
import { countNetworks } from "../../model/systems/mod.ts";
import { dataShape, targetsRead, type Workplace } from "../../runs/workplace.ts";

type Row = [key: string, value: unknown];

/** For `train`. */
export function describeTraining(place: Workplace): string {
  const { config, set } = place;
  const counts = countNetworks(config);
  const stories = set.split("train").length;
  return table([
    ...settings(place).filter(([key]) => !/^classifier\./.test(key)),
    ...environment(place),
    ["· batches per epoch", (stories / config.train.batch).toFixed(1)],
    ["· steps", `${config.train.steps} (${(config.train.steps * config.train.batch / stories).toFixed(1)} epochs)`],
    ["· generator", `${counts.generator.toLocaleString("en-US")} parameters`],
    ["· discriminator", `${counts.discriminator.toLocaleString("en-US")} parameters`],
    ...textRows(place),
  ]);
}

/** For `damsm`: only the settings that pre-training depends on. */
export function describePretraining(place: Workplace): string {
  const { config, set } = place;
  const { steps, batch } = config.text;
  const frames = set.split("train").length * set.frames;
  return table([
    ...settings(place).filter(([key]) => !/^(classifier|model|loss|train)\./.test(key)),
    ...environment(place),
    ["· steps", `${steps} (${(steps * batch / frames).toFixed(1)} passes over ${counted(frames, "frame")})`],
    ...textRows(place),
  ]);
}

/** For `classifier`. */
export function describeClassifier(place: Workplace, targets: string[]): string {
  const { config, set, vocabulary } = place;
  const { steps, batch } = config.classifier;
  const frames = set.split("train").length * set.frames;
  const count = countTrainable(classifier.parameters(config, dataShape(set, vocabulary, targets))).toLocaleString(
    "en-US",
  );
  const objects = objectsAmong(set, targets);
  const classes = targets.filter((target) => !objects.includes(target));
  return table([
    ...settings(place).filter(([key]) => !/^(text|model|loss|train)\./.test(key)),
    ...environment(place),
    ["· steps", `${steps} (${(steps * batch / frames).toFixed(1)} passes over ${counted(frames, "frame")})`],
    ["· objects", `${objects.length}: ${objects.join(", ")}`],
    ...(classes.length > 0 ? [["· classes of frames", classes.join(", ")] satisfies Row] : []),
    ["· classifier", `${count} parameters`],
  ]);
}

function settings({ config }: Workplace): Row[] {
  return flattenConfig(config).map(([key, value]) => [key, JSON.stringify(value)]);
}

function environment({ set, engine }: Workplace): Row[] {
  return [
    ["· engine in use", `${engine.name} (${engine.version}), ${counted(engine.threads, "thread")}`],
    ["· devices", engine.devices.join(", ")],
    [
      "· training stories",
      `${set.split("train").length} of ${counted(set.frames, "frame")}, data ${set.digest.slice(0, 12)}`,
    ],
  ];
}

function textRows({ config, set, vocabulary }: Workplace): Row[] {
  const count = countTrainable(damsm.parameters(config, dataShape(set, vocabulary, targetsRead(damsm, config, set))))
    .toLocaleString("en-US");
  return [
    ["· vocabulary", counted(vocabulary.words.length, "word")],
    ["· text and image encoder", `${count} parameters`],
  ];
}

function table(rows: Row[]): string {
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, value]) => `${key.padEnd(width)}  ${value}`).join("\n");
}
