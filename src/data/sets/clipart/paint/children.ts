/**
 * The children as SVG.
 *
 * Bodies are drawn from the joints of a pose. Heads are Twemoji's boys and girls, with eyes and mouth replaced by one
 * of five expressions. Their features are large because a head has 15 pixels in a picture, and use colour where lines
 * would be too thin (a red face for anger, a pale blue brow for fear, a tear for sadness).
 */
import { HEAD, type Point, type Pose, type PoseName, poses } from "../world/poses.ts";
import { type ChildName, type Expression, kindOf } from "../world/objects.ts";

/** The canvas of a child at depth 0: its size, and the position of the middle of the feet in it. */
export const CANVAS = { width: 64, height: 72, x: 32, y: 69 } as const;

/** Twemoji file of the head, fill colours of its eyes and mouth, and colours of the body. */
interface Looks {
  code: string;
  features: string[];
  skin: string;
  top: string;
  bottom: string;
}

const looks: Record<ChildName, Looks> = {
  mike: { code: "1f466-1f3fc", features: ["#662113", "#C1694F"], skin: "#F3D2A2", top: "#1E63E9", bottom: "#2B2F45" },
  jenny: {
    code: "1f467-1f3fd",
    features: ["#662113", "#C1694F", "#DF1F32"],
    skin: "#D5AB88",
    top: "#F2308B",
    bottom: "#F2308B",
  },
  tom: { code: "1f466-1f3fb", features: ["#662113", "#C1694F"], skin: "#F7DECE", top: "#F56A00", bottom: "#3F4A2B" },
  lisa: {
    code: "1f467-1f3fc",
    features: ["#662113", "#C1694F", "#DF1F32"],
    skin: "#F3D2A2",
    top: "#7B2FBE",
    bottom: "#7B2FBE",
  },
  ben: { code: "1f466-1f3ff", features: ["#3D2E24"], skin: "#7C533E", top: "#FFC400", bottom: "#27466F" },
};

/** Name of the Twemoji file that {@link childSvg} needs. */
export const headCode = (name: ChildName): string => looks[name].code;

/** A child as an SVG of `CANVAS`, enlarged by `scale`. @param head text of the Twemoji file */
export function childSvg(name: ChildName, pose: PoseName, expression: Expression, head: string, scale: number): string {
  const { width, height, x, y } = CANVAS;
  const [headX, headY] = poses[pose].head;
  const size = HEAD / 36;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.round(width * scale)}" ` +
    `height="${Math.round(height * scale)}" viewBox="${-x} ${-y} ${width} ${height}">${body(name, poses[pose])}` +
    `<g transform="translate(${headX - HEAD / 2} ${headY - HEAD / 2}) scale(${size})">` +
    `${bareHead(head, looks[name].features)}${faces[expression]}</g></svg>`;
}

/** The paths of a Twemoji head without those that have the fill colours of eyes and mouth. */
function bareHead(svg: string, features: string[]): string {
  const paths = svg.match(/<path[^>]*\/>/g) ?? [];
  return paths.filter((path) => !features.some((fill) => path.includes(`fill="${fill}"`))).join("");
}

function body(name: ChildName, pose: Pose): string {
  const { skin, top, bottom } = looks[name];
  const boy = kindOf(name) === "boy";
  const limb = ([knee, foot]: readonly [Point, Point], from: Point, colour: string, width: number) =>
    `<polyline points="${from} ${knee} ${foot}" fill="none" stroke="${colour}" stroke-width="${width}" ` +
    `stroke-linecap="round" stroke-linejoin="round"/>`;
  const shoe = ([x, y]: Point) => `<ellipse cx="${x + 1.5}" cy="${y + 0.3}" rx="4" ry="2.6" fill="#4A2A1A"/>`;
  const [shoulderX, shoulderY] = pose.shoulders;
  const [hipX, hipY] = pose.hips;
  const at = (dx: number): Point => [shoulderX + dx, shoulderY + 3];
  const legs = [pose.backLeg, pose.frontLeg].map((leg, i): string => {
    const from: Point = [hipX + (i === 0 ? -2.5 : 2.5), hipY];
    const thigh = `<polyline points="${from} ${leg[0]}" fill="none" stroke="${bottom}" stroke-width="6.5" ` +
      `stroke-linecap="round"/>`;
    return limb(leg, from, skin, 4.5) + (boy ? thigh : "") + shoe(leg[1]);
  }).join("");
  const half = boy ? 7 : 10.5;
  const hem = boy ? hipY + 1 : hipY + 4;
  const torso = `<path d="M${shoulderX - 6.5} ${shoulderY} L${shoulderX + 6.5} ${shoulderY} L${hipX + half} ${hem} ` +
    `L${hipX - half} ${hem} Z" fill="${top}" stroke="${top}" stroke-width="3" stroke-linejoin="round"/>`;
  const sleeve = ([elbow]: readonly [Point, Point], from: Point) =>
    `<polyline points="${from} ${elbow}" fill="none" stroke="${top}" stroke-width="5.5" stroke-linecap="round"/>`;
  return limb(pose.back, at(-6), skin, 4.5) + sleeve(pose.back, at(-6)) + legs + torso +
    limb(pose.front, at(6), skin, 4.5) + sleeve(pose.front, at(6));
}

const line = (d: string, width = 2.2, colour = "#4A1A10") =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round"/>`;
const dots = `<ellipse cx="12" cy="19.5" rx="2" ry="2.8" fill="#3A140C"/>` +
  `<ellipse cx="24" cy="19.5" rx="2" ry="2.8" fill="#3A140C"/>`;
const wide = [12, 24].map((x) =>
  `<circle cx="${x}" cy="19" r="4.4" fill="#fff"/><circle cx="${x}" cy="19.4" r="2" fill="#3A140C"/>`
).join("");

/** Eyes, brows and mouth in the 36-unit square of a Twemoji head. */
const faces: Record<Expression, string> = {
  happy: dots + `<path d="M9.5 24.5 Q18 27 26.5 24.5 Q25 33.5 18 33.5 Q11 33.5 9.5 24.5 Z" fill="#7A1220"/>` +
    `<path d="M11 25.4 Q18 27.6 25 25.4 L24 28 Q18 29.4 12 28 Z" fill="#fff"/>`,
  sad: dots + line("M11.5 31 Q18 24 24.5 31", 2.6) + line("M8.5 16 L13.5 13.8") + line("M27.5 16 L22.5 13.8") +
    `<path d="M26.5 21 Q31 28 27.5 30.5 Q23.5 31 23.5 27.5 Q24 25 26.5 21 Z" fill="#3FA0F5"/>`,
  angry: `<ellipse cx="18" cy="22" rx="12.4" ry="11.6" fill="#E33A1E" opacity="0.55"/>` + dots +
    line("M8 14.5 L14.5 18", 3) + line("M28 14.5 L21.5 18", 3) + line("M12 30.5 Q18 26.5 24 30.5", 3),
  scared: `<path d="M5.5 20 Q6 9 18 9 Q30 9 30.5 20 Q18 15 5.5 20 Z" fill="#8FC7FF" opacity="0.85"/>` + wide +
    `<path d="M11 30.5 Q14 25.5 18 26 Q22 25.5 25 30.5 Q18 28.8 11 30.5 Z" fill="#4A1A10" stroke="#4A1A10"/>`,
  surprised: wide + line("M8.5 12.5 Q12 10 15 12.5") + line("M21 12.5 Q24 10 27.5 12.5") +
    `<ellipse cx="18" cy="29" rx="3.6" ry="4.4" fill="#7A1220"/>`,
};
