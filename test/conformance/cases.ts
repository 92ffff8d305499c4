import { auth } from './cases/auth.ts';
import { customResources } from './cases/custom-resources.ts';
import { deletes } from './cases/deletes.ts';
import { discovery } from './cases/discovery.ts';
import { lists } from './cases/lists.ts';
import { metadataAndErrors } from './cases/metadata-and-errors.ts';
import { compactions, paging } from './cases/paging.ts';
import { selectors } from './cases/selectors.ts';
import { streamingLists } from './cases/streaming-lists.ts';
import { watch$Cases, watch$CasesAlone } from './cases/watch.ts';
import { watches, watchesAlone } from './cases/watches.ts';
import { writes } from './cases/writes.ts';
import type { Case } from './script.ts';

/** Of the server, and at the end those of `watch$` on it. */
export const CASES: readonly Case[] = [
  ...lists,
  ...paging,
  ...watches,
  ...streamingLists,
  ...selectors,
  ...writes,
  ...deletes,
  ...customResources,
  ...metadataAndErrors,
  ...discovery,
  ...auth,
  ...compactions,
  ...watchesAlone,
  ...watch$Cases,
  ...watch$CasesAlone,
];
