/** Bugs to plant: places where a watch that is wrong would still look right. The model test has to find each of them. */
export interface Bug {
  readonly name: string;
  readonly file: string;
  /** As it stands there, once. */
  readonly right: string;
  readonly wrong: string;
}

const STEP = 'src/protocol/step.ts';
const TABLE = 'src/store/table.ts';

export const BUGS: readonly Bug[] = [
  {
    name: 'the position moves when an initial object comes, before the marker',
    file: STEP,
    right: '  const listed = memory.announce ? memory : { ...memory, announce: true };',
    wrong:
      '  const listed = { ...memory, announce: true, resourceVersion: frame.object.metadata.resourceVersion };\n  if (listed.worked) return { state: watch(listed), events: [] };',
  },
  {
    name: 'a list that began again is not announced',
    file: STEP,
    right: 'return memory.announce ? cause : undefined;',
    wrong: 'return undefined;',
  },
  {
    name: 'a 410 is waited out instead of listed anew',
    file: STEP,
    right: "      return expired(memory, phase, error, { do: 'list', cause: 'expired' });\n    case 'ahead':",
    wrong: "      return fail(memory, error, next);\n    case 'ahead':",
  },
  {
    name: 'the token of a page that expired is gone on with',
    file: STEP,
    right:
      "  if (cause === 'expired') return expired(memory, phase, error, { do: 'list', cause: 'expired', unpaged: true });",
    wrong: "  if (cause === 'expired') return fail(memory, error, { do: 'list', cause: undefined });",
  },
  {
    name: 'a bookmark without progress moves the position to nowhere',
    file: STEP,
    right: 'const resourceVersion = usable ? frame.resourceVersion : memory.resourceVersion;',
    wrong: "const resourceVersion = usable ? frame.resourceVersion + '0' : memory.resourceVersion;",
  },
  {
    name: 'the position does not move with a deletion',
    file: STEP,
    right: '      memory: progressed(memory, resourceVersion, { type: frame.type, uid }, memory.bookmarks),',
    wrong:
      "      memory: progressed(memory, frame.type === 'DELETED' ? memory.resourceVersion : resourceVersion, { type: frame.type, uid }, memory.bookmarks),",
  },
  {
    name: 'a repeated frame is said twice',
    file: STEP,
    right: '  if (repeated) return',
    wrong: '  if (repeated && memory.failures > 1_000) return',
  },
  {
    name: 'a refusal ends a watch that has worked',
    file: STEP,
    right: "{ ladder: 'slow', fatal: !memory.worked }",
    wrong: "{ ladder: 'slow', fatal: true }",
  },
  {
    name: 'a pause forgets the position',
    file: STEP,
    right:
      "  const next = phase.at === 'waiting' ? phase.next : sameAgain(memory, phase);\n  return { state: { memory, phase: { at: 'paused', next } }",
    wrong:
      "  const next: Next = phase.at === 'waiting' ? phase.next : { do: 'again', request: watchRequest({ ...memory, resourceVersion: '1' }, {}) };\n  return { state: { memory, phase: { at: 'paused', next } }",
  },
  {
    name: 'the budget of requests is not kept',
    file: 'src/watch.ts',
    right: 'if (governed || starts.length < MOST_A_MINUTE) return 0;',
    wrong: 'if (governed || starts.length < 1_000) return 0;',
  },
  {
    name: 'a list that is cut off is taken for what it has',
    file: 'src/transport/list-page.ts',
    right: '  const list = parseObjects(text, itemsOf);',
    wrong:
      "  const list = parseObjects(text, itemsOf) ?? parseObjects(`${text.slice(0, text.lastIndexOf('},{') + 1)}]}`, itemsOf);",
  },
  {
    name: 'what a relist does not have stays in the store',
    file: TABLE,
    right: '      if (!building.has(key)) this.#lose(scope, key, undefined, changes);',
    wrong: '      if (!building.has(key) && key === "") this.#lose(scope, key, undefined, changes);',
  },
  {
    name: 'a relist shows each object as it comes',
    file: TABLE,
    right: '    if (scope.building !== undefined) {\n      // Keeping',
    wrong: '    if (scope.building !== undefined && scope.listed.size > 3) {\n      // Keeping',
  },
  {
    name: 'another uid under a known name is a modification',
    file: TABLE,
    right: 'if (previous !== undefined && isSameObject(previous, object)) {',
    wrong: 'if (previous !== undefined) {',
  },
  {
    name: 'a request is made after everybody unsubscribed',
    file: 'src/watch.ts',
    right: '  return merge(steered(settings.pauseWhile, pausing), steered(settings.wakeOn, wakes), watching);',
    wrong:
      '  timer(0, 50_000).pipe(take(150), switchMap(() => api.list({}, {}))).subscribe({ error: () => undefined });\n  return merge(steered(settings.pauseWhile, pausing), steered(settings.wakeOn, wakes), watching);',
  },
  {
    name: 'a state of another past is kept after a rollback',
    file: TABLE,
    right: '(!rollback || JSON.stringify(known) === JSON.stringify(object))',
    wrong: '(!rollback || known.metadata.uid === object.metadata.uid)',
  },
  {
    name: 'a server that is behind is taken for one that is alive',
    file: STEP,
    right: "  if (error !== undefined && cause === 'ahead') {\n    return expired",
    wrong: "  if (error !== undefined && cause === 'expired') {\n    return expired",
  },
  {
    name: 'the frame that could not be read is skipped',
    file: STEP,
    right: 'if (garbled < 2) return fail({ ...memory, stuck: { ...memory.stuck, garbled } }, error, next);',
    wrong:
      'if (garbled < 2) { const further = { ...memory, resourceVersion: String(Number(memory.resourceVersion) + 1) }; return fail(further, error, sameAgain(further, phase, error)); }',
  },
  {
    name: 'the first page of a list before is remembered',
    file: STEP,
    right: '    firstPage: undefined,\n    pageFailures: 0,\n  };\n  if (mode',
    wrong: '    pageFailures: 0,\n  };\n  if (mode',
  },
  {
    name: 'a list that expired half-way begins again without saying so',
    file: STEP,
    right: "{ do: 'list', cause: 'expired', unpaged: true }",
    wrong: "{ do: 'list', cause: undefined, unpaged: true }",
  },
  {
    name: 'the previous state of a modification is the new one',
    file: TABLE,
    right: 'from: scope.from, object, previous });',
    wrong: 'from: scope.from, object, previous: object });',
  },
  {
    name: 'a connection that is dead and open is never doubted',
    file: 'src/watch.ts',
    right: '    const limits = [deadline, settled, silent];',
    wrong: '    const limits = [settled];',
  },
  {
    name: 'bytes of a character that is cut are lost',
    file: 'src/transport/decoder.ts',
    right:
      '      if (incomplete.length > 0) {\n        incomplete.append(line);\n        line = incomplete.take();\n      }\n      const text = utf8.decode(line);',
    wrong:
      '      let before = "";\n      if (incomplete.length > 0) before = utf8.decode(incomplete.take());\n      const text = before + utf8.decode(line);',
  },
  {
    name: 'work on a busy object goes on with a state that is old',
    file: 'operators/concat-map-by-object.ts',
    right: 'next.push({ ...change, previous: last.previous });',
    wrong: 'next.push(last);',
  },
  {
    name: 'an object is worked on twice at once',
    file: 'operators/concat-map-by-object.ts',
    right: 'if (!busy.has(key)) lineUp(key, next);',
    wrong: 'lineUp(key, next);',
  },
  {
    name: 'the group of a deleted object goes on',
    file: 'operators/group-by-object.ts',
    right: "feed.pipe(filter(({ type }) => type === 'deleted')),",
    wrong: "feed.pipe(filter(({ type }) => type === 'added' && feed.closed)),",
  },
  {
    name: 'an object that lost its key stays in the join',
    file: 'operators/internal/join-side.ts',
    right: 'for (const partner of before) partner.partners.delete(own);',
    wrong: 'for (const partner of before) if (own.partners.has(partner)) partner.partners.delete(own);',
  },
  {
    name: 'who comes late is told an object that was deleted',
    file: 'operators/internal/watch-replay.ts',
    right: 'if (isSameObject(objects.get(key), object)) objects.delete(key);',
    wrong: 'if (this.building !== undefined) objects.delete(key);',
  },
];
