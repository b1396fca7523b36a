/**
 * The further studies of the paper's claims: one question each, asked of clipart, which needs no download.
 *
 * Rows on another set of stories are judged by an encoder and a classifier of that set: FID and the selector's p(SA) can be
 * compared across such rows, all else with the row's own real frames only.
 */
import type { Row } from "./ablation_rows.ts";
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
    read: "fid and cosine by row, and how near 0 and 1 p_sa of training (metrics.jsonl) comes.",
    rows: temperatures.map((tau) => row(`tau-${tau}`, `τ = ${tau}`, `model.db.tau=${tau}`)),
    baseline: "tau-0.5",
  },
  {
    ...base,
    name: "choice",
    title: "Soft and hard choice of attention",
    question: "Does it matter that training mixes both attentions (eq. 2) where inference takes one (eq. 3)?",
    read:
      "The differences of straight-through and hard to soft; soft-throughout tells what the hard choice costs in the end.",
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
    read: "The difference in object-f1, which counts the children here, beside those in fid and cosine.",
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
    read:
      "p(SA) of the rows (each run's inspection), and fid, as the pictures are the same; the judges of cosine differ by row.",
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
    read:
      "consistency beside that of the real stories of each row, and fid; fsd sees clips of other lengths. One frame is always an opening, where less happens.",
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
    read: "fid, and object-f1 of each row beside that of its real frames.",
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
    read: "p_sa (metrics.jsonl), near 0 or 1 from the start where it saturates; fid and cosine.",
    rows: [
      row("scaled", "a·b / √C", "model.db.scale=true"),
      row("plain", "a·b", "model.db.scale=false"),
    ],
    baseline: "scaled",
  },
];
