/** Waits for a store's answer, but not longer than a request can: what comes later is still taken. */

export type Outcome<T> =
  | { readonly kind: "answered"; readonly value: T }
  /** `rest` ends when the call does. */
  | { readonly kind: "timeout"; readonly rest: Promise<unknown> }
  | { readonly kind: "error"; readonly reason: string };

/** Never rejects, nor does `rest`. `late` gets an answer that came after the deadline. */
export async function withDeadline<T>(
  call: Promise<T>,
  deadlineMs: number,
  late: (value: T) => void,
): Promise<Outcome<T>> {
  let isLate = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const answered = call.then(
    (value): Outcome<T> => {
      if (isLate) late(value);
      return { kind: "answered", value };
    },
    (error): Outcome<T> => ({ kind: "error", reason: String(error) }),
  );
  const timedOut = new Promise<Outcome<T>>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve({ kind: "timeout", rest: answered });
    }, deadlineMs);
  });
  const outcome = await Promise.race([answered, timedOut]);
  if (timer !== undefined) clearTimeout(timer);
  return outcome;
}
