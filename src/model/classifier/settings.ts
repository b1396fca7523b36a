/** The configuration of the object classifier, an evaluator that has no part in the training of a GAN: `classifier`. */
import { z } from "zod";
import { count, leastBatch, positive, rate, type SharedConfig } from "../../base/config.ts";

const classifier = {
  /** Objects in a smaller share of the training frames are left out; labels never are. [ours] */
  share: z.number().min(0).max(1).default(0.01),
  width: positive().default(64), // of its first convolution [ours]
  flip: z.boolean().default(true), // mirror training pictures at random [ours]
  steps: count().default(20_000), // [ours]
  /** Validations without a lower loss after which training stops; 0 never stops. [ours] */
  patience: count().default(5),
  batch: positive().min(leastBatch).default(64), // pictures [ours]
  learningRate: rate().default(2e-3), // at the start; it falls to zero as half a cosine [ours]
};

/** A configuration with the section `classifier`. */
export type ClassifierConfig = SharedConfig & { classifier: z.infer<z.ZodObject<typeof classifier, z.core.$strict>> };

export const classifierSettings = {
  sections: { classifier },
  presets: {
    small: { classifier: { width: 32, steps: 6000 } },
    mini: { classifier: { width: 16, steps: 2000 } },
    tiny: { classifier: { width: 16, steps: 2000 } },
  },
};
