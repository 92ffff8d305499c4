import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** An object, and the type that it shall have: `{ module: 'core/v1', type: 'Pod' }` of `kinds/`. */
export interface Sample {
  readonly module: string;
  readonly type: string;
  readonly object: object;
}

export interface Compiled {
  /** In the compiler's words. */
  readonly errors: readonly string[];
  /** Each property that the types declare (`core/v1 Pod.spec`), and those that an object has. */
  readonly declared: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
  /** Of those declared, what can be `null` and what was. */
  readonly nullable: ReadonlySet<string>;
  readonly nulls: ReadonlySet<string>;
}

/**
 * Compiles each object as a literal of its type, by the rules of this repository. Of a literal the compiler also finds what the types
 * lack.
 */
export function compile(samples: readonly Sample[]): Compiled {
  const modules = [...new Set(samples.map(({ module }) => module))];
  const imports = modules.map((module, i) => `import type * as m${i} from '${ROOT}kinds/${module}.ts';`);
  // A line each, so that an error names its object.
  const lines = samples.map(
    ({ module, type, object }, i) =>
      `export const o${i}: m${modules.indexOf(module)}.${type} = ${JSON.stringify(object)};`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'rxkube-kinds-'));
  try {
    const path = join(folder, 'objects.mts');
    writeFileSync(path, [...imports, ...lines].join('\n'));
    const program = ts.createProgram([path], options());
    const file = program.getSourceFile(path);
    if (file === undefined) throw new Error(`${path} was not read`);
    const errors = ts.getPreEmitDiagnostics(program, file).map(({ start = 0, messageText }) => {
      const sample = samples[file.getLineAndCharacterOfPosition(start).line - imports.length];
      return `${nameOf(sample)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    return { errors, ...declarations(program), ...uses(program.getTypeChecker(), file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, ts.createCompilerHost(options)));
  return { ...options, rootDir: '/', types: [] };
}

function nameOf(sample: Sample | undefined): string {
  const { metadata: { name = '' } = {} } = (sample?.object ?? {}) as { metadata?: { name?: string } };
  return `${sample?.type ?? 'an import'} ${name}`;
}

function declarations(program: ts.Program): Pick<Compiled, 'declared' | 'nullable'> {
  const declared = new Set<string>();
  const nullable = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node)) {
      declared.add(keyOf(node));
      if (node.type?.getText().endsWith('| null')) nullable.add(keyOf(node));
    }
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles()) if (moduleOf(file) !== undefined) visit(file);
  return { declared, nullable };
}

/** Each property of each literal, as the type that is expected there declares it. */
function uses(checker: ts.TypeChecker, file: ts.SourceFile): Pick<Compiled, 'used' | 'nulls'> {
  const used = new Set<string>();
  const nulls = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name)) {
      const type = checker.getContextualType(node.parent);
      const types = type?.isUnion() ? type.types : type ? [type] : [];
      for (const one of types) {
        for (const declaration of one.getProperty(node.name.text)?.declarations ?? []) {
          if (moduleOf(declaration.getSourceFile()) === undefined) continue;
          used.add(keyOf(declaration));
          if (node.initializer.kind === ts.SyntaxKind.NullKeyword) nulls.add(keyOf(declaration));
        }
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { used, nulls };
}

function keyOf(property: ts.Node): string {
  const owner = ts.findAncestor(property, ts.isInterfaceDeclaration);
  const name = ts.isPropertySignature(property) ? property.name.getText() : '';
  return `${moduleOf(property.getSourceFile()) ?? ''} ${owner?.name.text ?? ''}.${name}`;
}

/** `core/v1`. What is not generated has none. */
function moduleOf({ fileName }: ts.SourceFile): string | undefined {
  return new RegExp(`^${ROOT}kinds/(.*/v.*)\\.ts$`).exec(fileName)?.[1];
}
