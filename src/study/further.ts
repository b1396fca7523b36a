/**
 * The further studies of the paper's claims: one question each, asked of clipart, which needs no download.
 *
 * Rows that use another set of stories are judged on that set, by an encoder of that set: FID and the selector's p(SA) can
 * be read across such rows, the Cosine only within one.
 */
import type { Row } from "./rows.ts";
import type { Study, StudySet } from "./study.ts";

const seeds = [1, 2, 3];
const base = { preset: "tiny", seeds } as const;

const row = (label: string, title: string, ...set: string[]): Row => ({ label, title, set });
/** A set of clip-art stories that differs from the default one by its options. */
const clipart = (name: string, options: StudySet["options"]): StudySet => ({ name, source: "clipart", options });
const on = (name: string) => `data.name=${name}`;

const temperatures = [0.1, 0.5, 1, 2, 5];

/** As many pictures a step, in training and in validation as five frames have; so the length alone changes. */
const lengthRow = (T: number): Row =>
  row(
    `${T}-frames`,
    `${T} ${T === 1 ? "frame" : "frames"}`,
    on(T === 5 ? "clipart" : `clipart-t${T}`),
    `train.batch=${60 / T}`,
    `record.validation=${Math.round(500 / T)}`,
  );
const lengths = [1, 3, 5, 10, 15];

const characters = [2, 3, 4, 5];
const levels = ["statement", "relation", "detail"];

export const furtherStudies: Study[] = [
  {
    ...base,
    name: "tau",
    title: "Temperature of the Gumbel-softmax (eq. 1)",
    question:
      "Which τ draws best: a soft choice that inference does not make (high), or one that is nearly hard (low)?",
    rows: temperatures.map((tau) => row(`tau-${tau}`, `τ = ${tau}`, `model.db.tau=${tau}`)),
    baseline: "tau-0.5",
  },
  {
    ...base,
    name: "choice",
    title: "Soft and hard choice of attention",
    question: "Does it matter that training mixes both attentions (eq. 2) where inference takes one (eq. 3)?",
    rows: [
      row("soft", "soft in training, hard at inference (paper)", "model.db.choice=soft"),
      row("soft-throughout", "soft in both", "model.db.choice=soft", "model.db.inference=soft"),
      row("straight-through", "hard in both, soft gradient", "model.db.choice=straight-through"),
      row("hard", "hard in both, no gradient to the choice", "model.db.choice=hard"),
    ],
    baseline: "soft",
  },
  {
    ...base,
    name: "labels",
    title: "Label conditioning",
    question: "How much of a score is due to telling the networks who is in the frame, as peers do on Pororo-SV?",
    sets: [clipart("clipart-labels", { labels: "characters" })],
    rows: [
      row("no-labels", "captions alone", on("clipart-labels"), "data.labels=0"),
      row("labels", "captions and the label vector", on("clipart-labels"), "data.labels=2"),
    ],
    baseline: "no-labels",
  },
  {
    ...base,
    name: "detail",
    title: "Levels of caption detail",
    question: "Does the selector choose words where captions are fine, and self-attention where they are bare?",
    sets: levels.map((level) => clipart(`clipart-${level}`, { levels: level })),
    rows: [
      row("statement", "what happens", on("clipart-statement")),
      row("relation", "where things are", on("clipart-relation")),
      row("detail", "what it looks and feels like", on("clipart-detail")),
      row("all", "all three levels", on("clipart")),
    ],
    baseline: "all",
  },
  {
    ...base,
    name: "length",
    title: "Length of a story",
    question:
      "Do stories of more frames stay as good, and as consistent, up to the 15 that the paper names as its limit?",
    // Together as many pictures as 2,000 stories of five frames.
    sets: lengths.filter((T) => T !== 5).map((T) =>
      clipart(`clipart-t${T}`, { frames: String(T), stories: String(Math.round(10_000 / T)) })
    ),
    rows: lengths.map(lengthRow),
    baseline: "5-frames",
  },
  {
    ...base,
    name: "characters",
    title: "Number of characters",
    question: "Do stories of more than three characters, which the paper names as a limit, come out worse?",
    sets: characters.filter((n) => n !== 2).map((n) => clipart(`clipart-c${n}`, { characters: String(n) })),
    rows: characters.map((n) => row(`${n}-characters`, `${n} characters`, on(n === 2 ? "clipart" : `clipart-c${n}`))),
    baseline: "2-characters",
  },
  {
    ...base,
    name: "scale",
    title: "Scale of a·b",
    question:
      "Does dividing a·b by √C, which the paper does not say, keep the selector and its attentions from saturating?",
    rows: [
      row("scaled", "a·b / √C", "model.db.scale=true"),
      row("plain", "a·b", "model.db.scale=false"),
    ],
    baseline: "scaled",
  },
];
