/**
 * The seven poses of a child, as positions of its joints.
 *
 * Coordinates are scene pixels at depth 0 relative to the middle of the feet on the ground, x to the front (a child
 * faces right unless mirrored), y down. Drawing and layout both use them: a held object is placed at the front hand, a
 * worn one at the head.
 */
export type Point = readonly [x: number, y: number];

export interface Pose {
  /** Centre of the head, of the shoulders and of the hips. */
  head: Point;
  shoulders: Point;
  hips: Point;
  /** Elbow and hand of the front arm and of the back arm. */
  front: readonly [Point, Point];
  back: readonly [Point, Point];
  /** Knee and foot of the front leg and of the back leg. */
  frontLeg: readonly [Point, Point];
  backLeg: readonly [Point, Point];
}

/** Height of a standing child. */
export const CHILD = 60;
/** Side of the square of a head. */
export const HEAD = 30;

const upright = {
  head: [0, -45],
  shoulders: [0, -30],
  hips: [0, -15],
  frontLeg: [[3.5, -8], [4.5, -2]],
  backLeg: [[-3.5, -8], [-4.5, -2]],
} as const;

export const poses = {
  stand: { ...upright, front: [[9, -24], [11, -17]], back: [[-9, -24], [-11, -17]] },
  hold: { ...upright, front: [[9, -23], [17, -25]], back: [[-9, -24], [-11, -17]] },
  wave: { ...upright, front: [[14, -27], [19, -38]], back: [[-9, -24], [-11, -17]] },
  cheer: {
    ...upright,
    front: [[14, -27], [19, -39]],
    back: [[-14, -27], [-19, -39]],
    frontLeg: [[6, -9], [9, -3]],
    backLeg: [[-6, -9], [-9, -3]],
  },
  run: {
    head: [4, -44],
    shoulders: [2, -29],
    hips: [-1, -15],
    front: [[10, -21], [17, -25]],
    back: [[-7, -23], [-13, -18]],
    frontLeg: [[7, -11], [11, -3]],
    backLeg: [[-6, -9], [-14, -7]],
  },
  kick: {
    head: [-3, -45],
    shoulders: [-2, -30],
    hips: [0, -15],
    front: [[8, -25], [15, -29]],
    back: [[-10, -26], [-16, -22]],
    frontLeg: [[8, -12], [17, -9]],
    backLeg: [[-2, -8], [-3, -2]],
  },
  sit: {
    head: [-2, -35],
    shoulders: [-2, -20],
    hips: [-2, -6],
    front: [[6, -15], [14, -16]],
    back: [[-9, -13], [-11, -5]],
    frontLeg: [[8, -7], [16, -3]],
    backLeg: [[6, -4], [14, -2]],
  },
} as const satisfies Record<string, Pose>;

export type PoseName = keyof typeof poses;
export const poseNames = Object.keys(poses) as PoseName[];
