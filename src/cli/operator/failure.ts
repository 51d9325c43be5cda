/**
 * What a command can't do, though its line is right: exit code 1, where a UsageError is 2. Trusted side.
 */
export class Failure extends Error {
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}
