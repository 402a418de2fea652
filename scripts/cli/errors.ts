/** Failures that a command tells its user in a sentence, without a stack, and what its exit code says. */

/** Written down in docs/operators.md; scripts rely on them. */
export const EXIT = {
  done: 0,
  /** Refused, not valid, not reachable, or answered "no". */
  failed: 1,
  /** The command line is not understood. */
  usage: 2,
  /** No token, a wrong one, or a role that does not suffice. */
  notAllowed: 3,
  /** Somebody else's write came first; nothing was changed. */
  conflict: 4,
  /** Done, and not every edge has followed in time. */
  notFollowed: 5,
} as const;

export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
