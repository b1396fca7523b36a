/**
 * One training step as a pure function, which `jit` compiles as a whole: the updates in order, each with forward pass,
 * backward pass and Adam, then the moving average, the report and the health of every part.
 */
import type { SharedConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import type { NoiseSpec } from "../data/batches/noise.ts";
import { type State, type Tensor, tf, valueAndGradients } from "../engine/mod.ts";
import type { DataShape, Trainable, Update } from "../model/contract.ts";
import { type Parameter, trainableNames } from "../model/parameters.ts";
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

/** The scalars of step `step` (from 1): Adam's bias corrections, learning rates that change, the average's decay. */
export function stepScalars(trainable: Trainable, config: SharedConfig, data: DataShape, step: number): State {
  const scalars: Record<string, number> = {};
  for (const update of trainable.updates(config, data)) {
    const { rate, beta1, beta2 } = update.optimiser;
    if (typeof rate === "function") scalars[`rate.${update.name}`] = rate(step);
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
 * Refuses updates that would train wrongly without an error: two of one name, which would share scalars and names in
 * records, and parameters that no update trains, or that two do, which would share Adam's moments.
 */
function checkUpdates(trainable: string, parameters: Parameter[], updates: Update[]): void {
  const names = updates.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(`Two updates of "${trainable}" are called "${twice}"; give each a name of its own.`);
  for (const name of trainableNames(parameters)) {
    const by = updates.filter(({ trains }) => trains.some((prefix) => name.startsWith(prefix))).map(({ name }) => name);
    if (by.length === 1) continue;
    const found = by.length === 0 ? "by none" : `by ${by.join(" and ")}`;
    fail(`The parameter "${name}" of "${trainable}" is trained ${found} of its updates; exactly one must train it.`);
  }
}

/**
 * The step of a trainable.
 *
 * @returns a function of the train state, the inputs, the step's noise and scalars, and the frozen tensors of the
 *   losses; it returns the next state and scalars to report, with `health` [S] among them (see health.ts); its
 *   `parts()` name the entries of `health`, known after the first call.
 * @throws UserError when a trainable parameter is not trained by exactly one update, or two updates have one name.
 */
export function trainingStep(trainable: Trainable, config: SharedConfig, data: DataShape) {
  const parameters = trainable.parameters(config, data);
  const updates = trainable.updates(config, data);
  checkUpdates(trainable.name, parameters, updates);
  const most = Math.max(1, ...updates.map(({ times = 1 }) => times));
  let parts: string[] = [];

  function step(state: TrainState, inputs: StepInputs, noise: State, scalars: State, frozen: State) {
    let { model, moments } = state;
    const found: Signal[] = signals("input", { ...flatInputs(inputs), ...mapNames(noise, (name) => `noise.${name}`) });
    const [reports, losses, norms]: [State, State, State] = [{}, {}, {}];
    for (const update of updates) {
      const { name, trains, optimiser: { rate, beta1, beta2, clip } } = update;
      const names = trains.flatMap((prefix) => trainableNames(parameters, prefix));
      for (const r of repetitions(update)) {
        const before = model;
        const { value, gradients, aux } = valueAndGradients(
          (weights) => update.loss({ ...before, ...frozen, ...weights }, inputs, noiseOf(noise, r, most)),
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
