/** Text inside XML and HTML. */

/** What XML 1.0 cannot hold, not even escaped: control characters and halves of surrogate pairs. */
const unspeakable = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]|\p{Surrogate}/gu;

const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** The text as it may stand between tags and in attributes; what XML cannot hold becomes "�". */
export function escapeMarkup(text: string): string {
  return text.replace(unspeakable, "\ufffd").replace(/[&<>"']/g, (sign) => signs[sign]!);
}
