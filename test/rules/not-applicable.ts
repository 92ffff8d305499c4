/** The rules that no test names, each with its reason. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  I5: 'It repeats what is known by time, which rxkube does not do: a store has its content at hand at any moment.',
};
