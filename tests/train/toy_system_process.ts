/** Trains or resumes a run of the toy system: `ROOT train NAME [kill]`, `ROOT resume FOLDER`. */
import { resolveConfig } from "../../src/model/config.ts";
import { registerSystem } from "../../src/model/systems/mod.ts";
import { resumeTraining } from "../../src/runs/resume.ts";
import { startTraining } from "../../src/runs/train.ts";
import { toy } from "./toy_system.ts";

registerSystem(toy);
const [root, task, name, kill] = Deno.args as [string, string, string, string?];
const places = { runs: `${root}/runs`, data: `${root}/data` };
const config = resolveConfig("tiny", [
  ...[
    "system=toy",
    "data.words=4",
    "text.width=8",
    "text.embedding=8",
    "text.towerWidth=4",
    "text.steps=2",
    "text.batch=4",
  ],
  ...["train.batch=4", "train.steps=12", "record.log=1", "record.sample=12", "record.checkpoint=4"],
  ...["record.stories=2", "record.validation=4", "model.start=0.05"],
]);
if (task === "resume") await resumeTraining(name, places);
else {
  const progress = (stage: string, step: number) => {
    if (kill && stage === "training" && step === 7) Deno.kill(Deno.pid, "SIGKILL");
  };
  await startTraining(config, { ...places, name, watcher: { say() {}, progress } });
}
