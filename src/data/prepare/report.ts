/**
 * Writes the report of a prepared data set: `report.txt` for the terminal and `report.html`, which has the same content
 * and the contact sheet.
 */
import { writeAtomic } from "../../base/files.ts";
import { reportPage } from "./report_page.ts";
import { type ReportFacts, reportSections } from "./report_sections.ts";
import { reportText } from "./report_text.ts";

/**
 * Writes both reports into `folder`, `data/NAME`.
 *
 * @throws UserError when a file cannot be written
 */
export async function writeReport(folder: string, facts: ReportFacts): Promise<void> {
  const title = `The data set ${facts.manifest.name}`;
  const sections = reportSections(facts);
  writeAtomic(`${folder}/report.txt`, reportText(title, sections));
  writeAtomic(`${folder}/report.html`, await reportPage(title, sections, facts.contact));
}
