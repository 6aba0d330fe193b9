import type { ReactNode } from "react";

/** A drop-down whose label is for screen readers; what it holds says enough to the eye. */
export function Choice<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly (readonly [T, string])[];
  onChange(value: T): void;
}): ReactNode {
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => {
        const chosen = props.choices.find(([value]) => value === event.target.value);
        if (chosen !== undefined) props.onChange(chosen[0]);
      }}
    >
      {props.choices.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}
