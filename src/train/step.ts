/**
 * One training step as a pure function, which `jit` compiles as a whole: the updates in order, each with forward pass,
 * backward pass and Adam, then the moving average, the report and the health of every part.
 */
import type { SharedConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import type { NoiseSpec } from "../data/batches/noise.ts";
import { type State, type Tensor, tf, valueAndGradients } from "../engine/mod.ts";
import type { DataShape, Loss, Trainable, Update } from "../model/contract.ts";
import { trainableNames } from "../model/parameters.ts";
import { adamStep, biasCorrection, clipGradients, gradientNorm } from "./adam.ts";
import { averageDecay, averageStep } from "./average.ts";
import { gradientSignals, healthOf, layerSignals, partsOf, type Signal, signals } from "./health.ts";
import { entriesUnder, mapNames, pick } from "./named.ts";
import type { TrainState } from "./state.ts";

/** The tensors of each loader's batch, by loader. */
export type StepInputs = Record<string, State>;

/** Repetitions of an update in a step, from 0. */
const repetitions = ({ times = 1 }: Update) => Array.from({ length: times }, (_, i) => i);

/** Names of the noise, scalars and stages of a repetition: the name itself, then `NAME/2`, `NAME/3` … */
const repeated = (name: string, repetition: number) => repetition === 0 ? name : `${name}/${repetition + 1}`;

/** The noise of a step: that of the trainable, and the same again for every further repetition of an update. */
export function noiseOfStep(trainable: Trainable, config: SharedConfig, data: DataShape): NoiseSpec {
  const spec = trainable.noise(config, data);
  const most = Math.max(1, ...trainable.updates(config, data).map(({ times = 1 }) => times));
  return Object.assign(
    {},
    ...Array.from({ length: most }, (_, r) => mapNames(spec, (name) => repeated(name, r))),
  ) as NoiseSpec;
}

/**
 * The scalars of step `step` (from 1): Adam's bias corrections, learning rates and weights of losses that change, the
 * average's decay.
 */
export function stepScalars(trainable: Trainable, config: SharedConfig, data: DataShape, step: number): State {
  const scalars: Record<string, number> = {};
  for (const update of trainable.updates(config, data)) {
    const { rate, beta1, beta2 } = update.optimiser;
    if (typeof rate === "function") scalars[`rate.${update.name}`] = rate(step);
    Object.assign(scalars, mapNames(update.weights?.(step) ?? {}, (name) => `weight.${update.name}.${name}`));
    for (const r of repetitions(update)) {
      const { m, v } = biasCorrection((step - 1) * (update.times ?? 1) + r + 1, beta1, beta2);
      scalars[`m.${repeated(update.name, r)}`] = m;
      scalars[`v.${repeated(update.name, r)}`] = v;
    }
  }
  const average = trainable.average?.(config);
  if (average && average.decay > 0) scalars.decay = averageDecay(step, average.decay);
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)]));
}

/**
 * Refuses declarations that would train wrongly or fail without naming the cause: names that stand twice (updates would
 * share scalars and records, parameters a tensor), parameters that not exactly one update trains (two would share Adam's
 * moments), prefixes that match nothing, and repetitions that are no whole number.
 *
 * @throws UserError naming the parameter or update.
 */
export function checkTrainable(trainable: Trainable, config: SharedConfig, data: DataShape): void {
  const updates = trainable.updates(config, data);
  const parameters = trainable.parameters(config, data);
  const trained = trainableNames(parameters);
  const refuse = (what: string): never => fail(`The system or network "${trainable.name}" cannot be trained: ${what}.`);
  const twice = (names: string[]) => names.find((name, i) => names.indexOf(name) !== i);

  const update = twice(updates.map(({ name }) => name));
  if (update !== undefined) refuse(`two updates are called "${update}"; give each a name of its own`);
  const parameter = twice(parameters.map(({ name }) => name));
  if (parameter !== undefined) refuse(`two parameters are called "${parameter}"`);
  for (const { name, trains, times = 1, optimiser: { clip } } of updates) {
    if (!Number.isInteger(times) || times < 1) refuse(`"times" of the update "${name}" is ${times}, expected 1, 2 …`);
    if (trains.length === 0) refuse(`the update "${name}" trains nothing; list prefixes of parameters in "trains"`);
    for (const prefix of [...trains, ...(clip ? [clip.prefix] : [])]) {
      if (trained.some((name) => name.startsWith(prefix))) continue;
      refuse(`no trainable parameter starts with "${prefix}", which the update "${name}" names`);
    }
  }
  for (const name of trained) {
    const by = updates.filter(({ trains }) => trains.some((prefix) => name.startsWith(prefix))).map(({ name }) => name);
    if (by.length === 1) continue;
    const found = by.length === 0 ? "no update" : `the updates ${by.join(" and ")}`;
    refuse(`the parameter "${name}" is trained by ${found}; exactly one must train it`);
  }
  const noise = Object.keys(trainable.noise(config, data)).find((name) => /\/\d+$/.test(name));
  if (noise !== undefined) refuse(`noise "${noise}" ends in a number after "/", which names repetitions of an update`);
  const average = trainable.average?.(config);
  if (average && !parameters.some(({ name }) => name.startsWith(average.prefix))) {
    refuse(`no parameter starts with "${average.prefix}", the prefix of its average`);
  }
}

/** Names that lines of records use themselves. */
const reserved = ["step", "time", "health"];

/** @throws UserError when what a loss returns is not of the contract's shapes. */
function checkLoss(update: string, value: Tensor, report: State): void {
  const numbers: [string, Tensor][] = [["its loss", value], ...Object.entries(report)];
  const shaped = numbers.find(([, tensor]) => tensor.size !== 1);
  if (shaped) fail(`The update "${update}" reports ${shaped[0]} as [${shaped[1].shape}], expected a scalar.`);
  const name = Object.keys(report).find((name) => reserved.includes(name));
  if (name !== undefined) fail(`The update "${update}" reports a number called "${name}", a name that records use.`);
}

/**
 * The step of a trainable.
 *
 * @returns a function of the train state, the inputs, the step's noise and scalars, and the frozen tensors of the
 *   losses; it returns the next state and scalars to report, with `health` [S] among them (see health.ts); its
 *   `parts()` name the entries of `health`, known after the first call.
 * @throws UserError as {@link checkTrainable} does, and at the first call when a loss or report is no scalar.
 */
export function trainingStep(trainable: Trainable, config: SharedConfig, data: DataShape) {
  const parameters = trainable.parameters(config, data);
  const updates = trainable.updates(config, data);
  checkTrainable(trainable, config, data);
  const most = Math.max(1, ...updates.map(({ times = 1 }) => times));
  let parts: string[] = [];

  function step(state: TrainState, inputs: StepInputs, noise: State, scalars: State, frozen: State) {
    let { model, moments } = state;
    const found: Signal[] = signals("input", { ...flatInputs(inputs), ...mapNames(noise, (name) => `noise.${name}`) });
    const [reports, losses, norms]: [State, State, State] = [{}, {}, {}];
    for (const update of updates) {
      const { name, trains, optimiser: { rate, beta1, beta2, clip } } = update;
      const prefix = `weight.${name}.`;
      const weightsOfLoss = mapNames(entriesUnder(scalars, prefix), (name) => name.slice(prefix.length));
      const names = trains.flatMap((prefix) => trainableNames(parameters, prefix));
      for (const r of repetitions(update)) {
        const before = model;
        const { value, gradients, aux } = differentiate(
          update,
          (weights) =>
            update.loss({ ...before, ...frozen, ...weights }, inputs, noiseOf(noise, r, most), weightsOfLoss),
          pick(before, names),
        );
        const clipped = clip ? entriesUnder(gradients, clip.prefix) : {};
        const next = adamStep(
          pick(before, names),
          clip ? { ...gradients, ...clipGradients(clipped, clip.norm) } : gradients,
          moments,
          { learningRate: typeof rate === "number" ? rate : scalars[`rate.${name}`]!, beta1, beta2 },
          { m: scalars[`m.${repeated(name, r)}`]!, v: scalars[`v.${repeated(name, r)}`]! },
        );
        model = { ...before, ...aux.updates, ...next.parameters };
        moments = { ...moments, ...next.moments };
        const stage = `update ${repeated(name, r)}`;
        found.push(
          ...layerSignals(`forward pass, ${stage}`, aux.signals),
          ...signals(`loss, ${stage}`, { ...aux.report, [`loss.${name}`]: value }),
          ...gradientSignals(`gradients, ${stage}`, gradients),
        );
        // Of an update that is repeated, the last repetition is reported.
        Object.assign(reports, aux.report);
        losses[`loss.${name}`] = value;
        if (clip) norms[`gradient.${clip.prefix.replace(/\.$/, "")}`] = gradientNorm(clipped);
        norms[`gradient.${name}`] = gradientNorm(gradients);
      }
    }
    // An average that is off has no entries.
    const ema = scalars.decay ? averageStep(state.ema, model, scalars.decay) : {};
    parts = partsOf(found);
    const report: State = { ...reports, ...losses, ...norms, health: healthOf(found) /* [S] */ };
    return { state: { model, moments, ema }, report };
  }
  return Object.assign(step, { parts: () => parts });
}

/** Value and gradients of an update's loss, checked. @throws UserError when a parameter has no part in the loss. */
function differentiate({ name, trains }: Update, loss: (weights: State) => Loss, weights: State) {
  try {
    return valueAndGradients((weights) => {
      const found = loss(weights);
      checkLoss(name, found[0], found[1].report);
      return found;
    }, weights);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("Cannot compute gradient"))) throw error;
    fail(
      `The loss of the update "${name}" does not depend on every parameter that it trains (${trains.join(", ")}); ` +
        `use them in the loss, or declare them as not trainable.`,
      error,
    );
  }
}

/** Every float32 input by loader and field; integers are always finite. */
function flatInputs(inputs: StepInputs): State {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([loader, batch]) =>
      Object.entries(batch).filter(([, { dtype }]) => dtype === "float32")
        .map(([field, tensor]): [string, Tensor] => [`${loader}.${field}`, tensor])
    ),
  );
}

/** The noise of one repetition, under the names that the trainable gave. */
function noiseOf(noise: State, repetition: number, most: number): State {
  if (most === 1) return noise;
  const suffix = repeated("", repetition);
  const own = Object.entries(noise).filter(([name]) => (/\/\d+$/.exec(name)?.[0] ?? "") === suffix);
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(0, name.length - suffix.length), tensor]));
}
