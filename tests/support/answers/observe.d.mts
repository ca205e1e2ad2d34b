/** A response as the server sent it. */
export interface Answer {
  method: string;
  /** As received: may be an absolute URL or contain encoded letters. */
  url: string;
  status: number;
  /** The media type; empty if there is none. */
  type: string;
  /** The whole body. */
  body: string;
}

/** Header that marks responses of an app in which Mirage is mounted. */
export const ofProgram: 'x-of-program';

export function observeAnswers(listener: (answer: Answer) => void): () => void;
