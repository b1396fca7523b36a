/**
 * Backgrounds of each place in each weather, and the rain, as SVG of the size of a scene.
 *
 * Large areas of distinct colours distinguish places and weathers at 64×64 pixels.
 */
import type { Random } from "../../../../base/random.ts";
import { HORIZON, type Place, SCENE, type Weather } from "../world/objects.ts";

/** Upper and lower colour of the sky, and opacity of the shade over the land. */
const skies: Record<Weather, { top: string; low: string; shade: number }> = {
  sunny: { top: "#4FB4FF", low: "#C9ECFF", shade: 0 },
  cloudy: { top: "#A9B8C6", low: "#DDE5EA", shade: 0.1 },
  rainy: { top: "#5E6F82", low: "#93A3B1", shade: 0.25 },
  evening: { top: "#28306E", low: "#F08A5D", shade: 0.4 },
};

/** Land at the horizon and ground of each place. */
const lands: Record<Place, string> = {
  park: `<path d="M0 ${HORIZON + 2} Q30 54 64 ${HORIZON} T128 66 V128 H0 Z" fill="#6CBF4B"/>` +
    ground("#7ED957", "#57B83A") +
    `<path d="M50 ${HORIZON} Q70 92 40 128 H86 Q88 96 58 ${HORIZON} Z" fill="#E5CFA0"/>`,
  beach: `<rect y="${HORIZON - 10}" width="128" height="24" fill="#1D8FD6"/>` +
    `<path d="M0 ${HORIZON - 4} h128" stroke="#7CC9F2" stroke-width="1.5"/>` +
    `<path d="M0 ${HORIZON + 8} Q32 ${HORIZON + 2} 64 ${HORIZON + 8} T128 ${HORIZON + 8} V128 H0 Z" fill="#F6E0A4"/>` +
    `<path d="M0 104 Q40 98 80 106 T128 104 V128 H0 Z" fill="#EBCB7E"/>`,
  garden: ground("#8BDD5E", "#4FAE3C") +
    `<g fill="#FFF7E8" stroke="#C8B48C" stroke-width="0.8">` +
    Array.from({ length: 13 }, (_, i) => `<path d="M${i * 10 + 1} ${HORIZON + 8} v-16 l3.5 -4 l3.5 4 v16 Z"/>`).join(
      "",
    ) +
    `</g><rect y="${HORIZON - 3}" width="128" height="3" fill="#E8D8B4"/>` +
    flowers([[10, 100], [30, 90], [58, 104], [84, 92], [108, 106], [120, 88], [44, 124], [100, 124], [16, 120]]),
  forest: Array.from(
    { length: 11 },
    (_, i) =>
      `<path d="M${i * 13 - 10} ${HORIZON + 6} l9 ${-26 - (i * 7) % 12} l9 ${26 + (i * 7) % 12} Z" ` +
      `fill="${i % 2 ? "#1F6B3A" : "#2A7D45"}"/>`,
  ).join("") + ground("#5E9E46", "#3C7A34") +
    `<ellipse cx="64" cy="112" rx="52" ry="10" fill="#8B6B43" opacity="0.45"/>`,
};

/** The background of a place in a weather. */
export function backgroundSvg(place: Place, weather: Weather): string {
  const { top, low, shade } = skies[weather];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SCENE}" height="${SCENE}" viewBox="0 0 128 128"><defs>` +
    `<linearGradient id="s" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${low}"/>` +
    `</linearGradient></defs><rect width="128" height="${HORIZON + 10}" fill="url(#s)"/>${lands[place]}` +
    `<path d="M0 ${HORIZON - 10} H128 V128 H0 Z" fill="#101840" opacity="${shade}"/></svg>`;
}

/** Rain over the full scene. */
export function rainSvg(stream: Random): string {
  const streaks = Array.from({ length: 60 }, () => {
    const [x, y] = [stream.uniform() * 140, stream.uniform() * 128];
    return `M${x.toFixed(1)} ${y.toFixed(1)} l-3 9`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SCENE}" height="${SCENE}">` +
    `<path d="${streaks.join(" ")}" stroke="#DDEBFF" stroke-width="1.5" opacity="0.75" fill="none"/></svg>`;
}

function ground(near: string, far: string): string {
  return `<defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="${far}"/><stop offset="1" stop-color="${near}"/>` +
    `</linearGradient></defs><rect y="${HORIZON}" width="128" height="${SCENE - HORIZON}" fill="url(#g)"/>`;
}

function flowers(at: [number, number][]): string {
  const colours = ["#FF5D8F", "#FFD23F", "#FFFFFF"];
  return at.map(([x, y], i) => `<circle cx="${x}" cy="${y}" r="2" fill="${colours[i % 3]}"/>`).join("");
}
