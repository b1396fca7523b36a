/** The train state: all tensors that one training step passes to the next. */
import type { SharedConfig } from "../base/config.ts";
import type { State } from "../engine/mod.ts";
import type { DataShape, Trainable } from "../model/contract.ts";
import { initialize, type Parameter } from "../model/parameters.ts";
import { zeroMoments } from "./adam.ts";
import { entriesUnder } from "./named.ts";

/** Parameters, optimiser moments and moving average, as named tensors. */
export type TrainState = {
  /** Parameters and running statistics. */
  model: State;
  /** Adam's moments, `NAME.m` and `NAME.v`. */
  moments: State;
  /** The moving average; empty when it is off. */
  ema: State;
};

/** Shapes of a train state by name. */
export type StateShapes = Record<keyof TrainState, Record<string, number[]>>;

/** Names and shapes of a train state, always in the same order, so that a compiled step is always the same. */
export function stateShapes(trainable: Trainable, config: SharedConfig, data: DataShape): StateShapes {
  const parameters = trainable.parameters(config, data);
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
  const moments = trained(parameters).flatMap(({ name, shape }) => ["m", "v"].map((m) => [`${name}.${m}`, shape]));
  const average = trainable.average?.(config);
  return {
    model: shapes,
    moments: Object.fromEntries(moments),
    ema: average && average.decay > 0 ? entriesUnder(shapes, average.prefix) : {},
  };
}

/** The state at the start of a run: random weights, moments of zero, and an average that equals the weights. */
export function initialState(trainable: Trainable, config: SharedConfig, data: DataShape): TrainState {
  const parameters = trainable.parameters(config, data);
  const average = trainable.average?.(config);
  const averaged = average && average.decay > 0 ? parameters.filter(({ name }) => name.startsWith(average.prefix)) : [];
  return {
    model: initialize(parameters, config.seed),
    moments: zeroMoments(Object.fromEntries(trained(parameters).map((p) => [p.name, p]))),
    ema: initialize(averaged, config.seed),
  };
}

const trained = (parameters: Parameter[]) => parameters.filter(({ trainable }) => trainable);

/** The tensors that are sampled and evaluated: the moving average where there is one. */
export function sampledWeights(trainable: Trainable, config: SharedConfig, { model, ema }: TrainState): State {
  const average = trainable.average?.(config);
  return average ? { ...entriesUnder(model, average.prefix), ...ema } : model;
}
