/** The declaration of a setting. */
export interface Setting {
  /** What its value is; a duration is a number of milliseconds in the code. */
  type: "choice" | "number" | "duration" | "switch" | "text" | "texts";
  /** The words of a `choice`. */
  words?: readonly string[];
  /** The default, as the user would write it. @default none */
  default?: string;
  /** The default of `texts`. @default none */
  defaults?: readonly string[];
  /** The value of the flag if it is given without one. @default it needs one */
  bare?: string;
  /** Whether a `duration` may be 0. @default false */
  mayBeZero?: boolean;
  /** The key in the file. @default the name with `_` instead of `-` */
  key?: string;
  /** The heading in the help of `exec`. */
  group: string;
  /** The word for the value in the help; a `switch` has none. */
  value?: string;
  /** What a shell offers for the value. @default the `words` */
  offers?: "programs";
  /** What it does, without a period and without the default. */
  summary: string;
}
