/** A stage of a network: its layer's name, its output's size, and whether a dynamic block follows. */
export interface Stage {
  name: string;
  /** Height and width. */
  size: number;
  channels: number;
  block: boolean;
}
