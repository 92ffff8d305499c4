import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A rule of docs/protocol.md. */
export interface Rule {
  readonly id: string;
  readonly title: string;
}

/** A test, a group of tests or a row of a table that names rules. */
export interface NamedTest {
  readonly file: string;
  readonly line: number;
  readonly name: string;
}

const DOCUMENT = 'docs/protocol.md';
/** What is tested with the library. The specs of apiserver/ name rules too, but they tell what the server does, not what rxkube does. */
const SPECS = ['{src,operators}/**/*.spec.ts', 'test/*.spec.ts', 'test/{rules,model}/*.spec.ts'];
/** The check itself, which has names that are none. */
const CHECK = 'test/rules.spec.ts';
const IS_TEST = /^(describe|it|test)$/;

/** All rules, in the order of the document. */
export function rules(text: string = readFileSync(DOCUMENT, 'utf8')): Rule[] {
  return [...text.matchAll(/^- \*\*(?<id>[A-Z]\d+b?)\b\s*(?<title>[^*]*)\*\*/gm)].map(({ groups }) => ({
    id: groups?.['id'] ?? '',
    title: (groups?.['title'] ?? '').replace(/\s+/g, ' ').replace(/[.,]$/, ''),
  }));
}

/** The tests of each rule. */
export function testsByRule(): Map<string, NamedTest[]> {
  const tests = globSync(SPECS, { exclude: [CHECK] })
    .sort()
    .flatMap((file) => namesIn(file, readFileSync(file, 'utf8')));
  return new Map(rules().map(({ id }) => [id, tests.filter(({ name }) => mentions(name, id))]));
}

/** Whether a name has the number as a word: `F1` is not in `F10`, nor in `SF1`. */
export function mentions(name: string, id: string): boolean {
  return new RegExp(`(?<![\\w-])${id}(?![\\w-])`).test(name);
}

/** What tests are called: the first argument of `it`, `it.each(…)` and `describe`, and the first text of a row of a table. */
export function namesIn(file: string, text: string): NamedTest[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const names: NamedTest[] = [];
  const take = (node: ts.Node | undefined): void => {
    const name = node === undefined ? undefined : textOf(node, source);
    if (node === undefined || name === undefined) return;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    names.push({ file, line: line + 1, name });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTest(node.expression)) take(node.arguments[0]);
    if (ts.isArrayLiteralExpression(node) && node.elements.length > 1) take(node.elements[0]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/** `it`, `it.concurrent`, `it.each(…)`, `describe.concurrent.each(…)`. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return IS_TEST.test(callee.text);
  return (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) && isTest(callee.expression);
}

/** The text of a literal; of a template with its expressions as they are written. */
function textOf(node: ts.Node, source: ts.SourceFile): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.getText(source).slice(1, -1) : undefined;
}
