/** What others wrote, without line breaks and whatever else a terminal would obey. */
export function oneLine(what: unknown): string {
  const text = what instanceof Error ? what.message : String(what);
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

/** `14:03:59` */
export function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** `1 pod`, `2 pods` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
