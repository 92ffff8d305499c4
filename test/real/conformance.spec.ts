import { realSubject } from '../conformance/real.ts';
import { conformance } from '../conformance/suite.ts';

conformance(realSubject, { isReference: true });
