/** An answer as the server gave it. */
export interface Answer {
  method: string;
  /** As it came, which may be a whole URL, or have letters encoded. */
  url: string;
  status: number;
  /** The media type, or nothing. */
  type: string;
  /** As far as it came with the end of the answer, as all of ours do. */
  body: string;
}

/** The header that marks an answer of a program in which Mirage is mounted. */
export const ofProgram: 'x-of-program';

export function observeAnswers(listener: (answer: Answer) => void): void;
