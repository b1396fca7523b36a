/** The direction in which a metric is better, as tables show it. */
export const arrows = { lower: "↓", higher: "↑", "near real": "≈ real", neither: "↕" };
