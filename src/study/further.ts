/**
 * Further studies of the paper's claims, one question each, on clipart, which needs no download.
 *
 * Rows on different data sets are evaluated by the encoder and the classifier of their own set. FID and the selector's
 * w = σ(u) can be compared across such rows; all other metrics only with those of the row's own real frames.
 */
import { counted } from "../base/text.ts";
import type { Study, StudyRow, StudySet } from "./study.ts";

const seeds = [1, 2, 3];
const base = { preset: "tiny", seeds } as const;

const row = (label: string, title: string, ...set: string[]): StudyRow => ({ label, title, set });
/** A data set of clip-art stories with other options than the default one. */
const clipart = (name: string, options: StudySet["options"]): StudySet => ({ name, source: "clipart", options });
const on = (name: string) => `data.name=${name}`;

const temperatures = [0.1, 0.5, 1, 2, 5];

/** Stories of T frames, with as many pictures in each step and in the validation as with five frames. */
const lengthRow = (T: number): StudyRow =>
  row(
    `${T}-frames`,
    counted(T, "frame"),
    on(T === 5 ? "clipart" : `clipart-t${T}`),
    `train.batch=${30 / T}`,
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
      "Which τ gives the best pictures: a soft selection, which inference does not make (high τ), or a nearly hard one (low τ)?",
    read: "fid and cosine of each row, and how close p_sa in training (metrics.jsonl) comes to 0 and 1.",
    rows: temperatures.map((tau) => row(`tau-${tau}`, `τ = ${tau}`, `model.db.tau=${tau}`)),
    baseline: "tau-0.5",
  },
  {
    ...base,
    name: "choice",
    title: "Soft and hard selection of attention",
    question: "Does it matter that training mixes both attentions (eq. 2) whereas inference selects one (eq. 3)?",
    read:
      "The differences of straight-through and hard to soft; soft-throughout shows what hard selection at inference costs.",
    rows: [
      row("soft", "soft in training, hard at inference (paper)", "model.db.choice=soft"),
      row("soft-throughout", "soft in both", "model.db.choice=soft", "model.db.inference=soft"),
      row("straight-through", "hard in both, soft gradient", "model.db.choice=straight-through"),
      row("hard", "hard in both, no gradient to the selector", "model.db.choice=hard"),
    ],
    baseline: "soft",
  },
  {
    ...base,
    name: "labels",
    title: "Label conditioning",
    question:
      "How much of a score is due to giving the networks labels of the characters, as the peers do on Pororo-SV?",
    read: "The differences in object-f1 (which covers the children of clipart), fid and cosine.",
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
    question: "Does the selector prefer word attention for detailed captions, and self-attention for short ones?",
    read:
      "the selection weight w of the rows (each run's inspection), and fid, since the pictures are the same; cosine has a different evaluator in each row.",
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
      "Do quality and consistency hold for longer stories, up to the 15 frames that the paper gives as its limit?",
    read:
      "consistency compared with that of each row's real stories, and fid; fsd is of clips of different lengths. A story of one frame is always an opening, where less happens.",
    // In total as many pictures as 2,000 stories of five frames.
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
    question: "Are stories of more than three characters, which the paper gives as a limit, worse?",
    read: "fid, and object-f1 of each row compared with that of its real frames.",
    sets: characters.filter((n) => n !== 2).map((n) => clipart(`clipart-c${n}`, { characters: String(n) })),
    rows: characters.map((n) => row(`${n}-characters`, `${n} characters`, on(n === 2 ? "clipart" : `clipart-c${n}`))),
    baseline: "2-characters",
  },
  {
    ...base,
    name: "scale",
    title: "Scale of a·b",
    question:
      "Does dividing a·b by √C, which the paper does not mention, keep the attentions from concentrating on one position or word?",
    read: "word-response and the attention maps (deno task inspect); fid and cosine.",
    rows: [
      row("scaled", "a·b / √C", "model.db.scale=true"),
      row("plain", "a·b", "model.db.scale=false"),
    ],
    baseline: "plain",
  },
];
