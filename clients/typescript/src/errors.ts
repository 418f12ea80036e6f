/** The server did not do what it was asked to; `message` is its own. */
export class ControlError extends Error {
  override readonly name: string = "ControlError";

  constructor(
    message: string,
    /** The HTTP status; undefined where there was no answer. */
    readonly status?: number,
    /** The whole JSON document of the answer. */
    readonly answer?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What was waited for has not come; `message` says what came instead. */
export class WaitError extends ControlError {
  override readonly name = "WaitError";
}

/** The server could not be started; `message` has what it said. */
export class StartError extends Error {
  override readonly name = "StartError";
}
