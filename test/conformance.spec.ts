import { Differences } from './conformance/compare.ts';
import { DIFFERENCES } from './conformance/differences.ts';
import { embeddedSubject } from './conformance/embedded.ts';
import { conformance } from './conformance/suite.ts';

conformance(embeddedSubject, { differences: new Differences(DIFFERENCES) });
