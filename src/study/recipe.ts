/**
 * The study of the recipe: what each change since version 0.1.0 gives, alone and by its absence.
 *
 * All rows share the text encoder, the steps and the batches. `former` undoes every change; `only-X` is `former` with
 * change X; `without-X` is the recipe without it; `recipe` is the preset as it is.
 */
import type { Study, StudyRow } from "./study.ts";

/** A change: its settings in the recipe, and as they were before. */
interface Change {
  label: string;
  title: string;
  recipe: string[];
  former: string[];
}

export const changes: Change[] = [
  {
    label: "selector",
    title: "standardised selector and words",
    recipe: ["model.db.selector=logit", "model.db.wordScale=unit", "model.db.scale=false"],
    former: ["model.db.selector=plain", "model.db.wordScale=raw", "model.db.scale=true"],
  },
  {
    label: "input",
    title: "standardised input with the story code",
    recipe: ["model.input=normalised", "model.storyInput=true"],
    former: ["model.input=plain", "model.storyInput=false"],
  },
  {
    label: "stories",
    title: "discriminator of whole stories",
    recipe: ["loss.story=1"],
    former: ["loss.story=0"],
  },
  {
    label: "wrong-words",
    title: "wrong words in the discriminator's blocks",
    recipe: ["loss.wrong=words"],
    former: ["loss.wrong=condition"],
  },
  { label: "gamma", title: "γ from 1", recipe: ["model.db.gamma=1"], former: ["model.db.gamma=0"] },
  {
    label: "floor",
    title: "at least 24 channels",
    recipe: ["model.generatorFloor=24"],
    former: ["model.generatorFloor=0"],
  },
  {
    label: "objects",
    title: "object heads in place of DAMSM",
    recipe: ["loss.objects=20", "loss.objectsFrom=both", "loss.encoderObjects=20", "loss.damsm=0"],
    former: ["loss.objects=0", "loss.objectsFrom=real", "loss.encoderObjects=0", "loss.damsm=1"],
  },
  {
    label: "augment",
    title: "random shifts and colours before the discriminator",
    recipe: ["loss.augment=4"],
    former: ["loss.augment=0"],
  },
  {
    label: "perceptual",
    title: "perceptual loss with jitter",
    recipe: ["loss.perceptual=100", "loss.jitter=1"],
    former: ["loss.perceptual=0", "loss.jitter=0"],
  },
  { label: "decay", title: "rates that fall", recipe: ["train.decay=cosine"], former: ["train.decay=none"] },
];

/** Few enough for 60 runs in some hours, and enough for the rows to differ. */
const steps = "train.steps=360";

const rows: StudyRow[] = [
  { label: "former", title: "no change", set: [steps, ...changes.flatMap(({ former }) => former)] },
  ...changes.map(({ label, title }) => ({
    label: `only-${label}`,
    title: `only: ${title}`,
    set: [steps, ...changes.flatMap((change) => change.label === label ? change.recipe : change.former)],
  })),
  ...changes.map(({ label, title, former }) => ({
    label: `without-${label}`,
    title: `without: ${title}`,
    set: [steps, ...former],
  })),
  { label: "recipe", title: "all changes", set: [steps] },
];

export const recipe: Study = {
  name: "recipe",
  title: "What each change of the recipe gives",
  question: "Which of the changes since version 0.1.0 make the model learn, alone and among the others?",
  read:
    "object-f1, colour-within, colour-match and fid: the differences of without-X to the recipe, and the values of only-X beside former.",
  preset: "tiny",
  rows,
  seeds: [1, 2, 3],
  baseline: "recipe",
};
