/** What an evaluating process is asked: whether an expression compiles, or, with `json`, what it makes of that. */
export interface Task {
  expression: string;
  /** The input as JSON text. */
  json?: string;
}

/** Whether an expression compiles. `position` counts UTF-16 code units from its start; null where it is not known. */
export type Checked = { ok: true } | { ok: false; message: string; position: number | null };

/** The result as JSON text, or why there is none. */
export type Evaluated = { ok: true; json: string } | { ok: false; detail: string };

/** What a process may use up. */
export interface ProcessLimits {
  /** For one task, from the moment a process gets it. */
  timeoutMs: number;
  /** Of its heap; it dies beyond it. */
  memoryMb: number;
  /** Of a result, as JSON in UTF-8. */
  maxOutputBytes: number;
}
