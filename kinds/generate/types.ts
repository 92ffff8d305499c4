import { compile, type JSONSchema } from 'json-schema-to-typescript';
import ts from 'typescript';
import type { Schema } from './api.ts';

/** The declaration of a type: exported, readonly throughout, with the comments of the schema. `nameOf` names what a reference leads to. */
export async function declarationOf(
  name: string,
  schema: Schema,
  nameOf: (reference: string) => string,
): Promise<string> {
  const text = await compile(prepared(name, schema, nameOf), name, {
    additionalProperties: false,
    bannerComment: '',
    format: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
  });
  return readonly(text);
}

/** As the generator understands it, which knows no types that are declared elsewhere, and no `nullable`. */
function prepared(name: string, schema: Schema, nameOf: (reference: string) => string): JSONSchema {
  const { nullable, $ref, allOf, properties, items, additionalProperties, ...keywords } = schema;
  const inner = (one: Schema): JSONSchema => prepared(name, one, nameOf);
  // It would write `* /`, which is another path: `*/scale`.
  const description = schema.description?.replaceAll('*/', '*\\/');
  if (nullable === true) {
    return { description, anyOf: [inner({ ...schema, nullable: false, description: undefined }), { type: 'null' }] };
  }
  if (allOf !== undefined && (allOf.length !== 1 || allOf[0]?.$ref === undefined)) {
    throw new Error(`${name}: allOf must be one reference, got ${JSON.stringify(allOf)}`);
  }
  const reference = $ref ?? allOf?.[0]?.$ref;
  if (reference !== undefined) {
    return { description, tsType: nameOf(reference.slice(reference.lastIndexOf('/') + 1)) };
  }
  // An object of which nothing is said can have anything in it.
  const opaque = schema['type'] === 'object' && properties === undefined && additionalProperties === undefined;
  return {
    ...keywords,
    description,
    ...(properties && { properties: mapValues(properties, inner) }),
    ...(items && { items: inner(items) }),
    ...(additionalProperties && { additionalProperties: inner(additionalProperties) }),
    ...(opaque && { additionalProperties: true }),
  };
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** The generator has no option for it. */
function readonly(text: string): string {
  const { factory } = ts;
  const modifiers = [factory.createModifier(ts.SyntaxKind.ReadonlyKeyword)];
  const source = ts.createSourceFile('type.ts', text, ts.ScriptTarget.Latest, true);
  const { transformed } = ts.transform(source, [
    (context) => (file) => {
      const visit = (node: ts.Node): ts.Node => {
        const inner = ts.visitEachChild(node, visit, context);
        if (ts.isPropertySignature(inner)) {
          return factory.updatePropertySignature(inner, modifiers, inner.name, inner.questionToken, inner.type);
        }
        if (ts.isIndexSignatureDeclaration(inner)) {
          return factory.updateIndexSignature(inner, modifiers, inner.parameters, inner.type);
        }
        return ts.isArrayTypeNode(inner) ? factory.createTypeOperatorNode(ts.SyntaxKind.ReadonlyKeyword, inner) : inner;
      };
      return ts.visitEachChild(file, visit, context);
    },
  ]);
  return transformed.map((file) => ts.createPrinter().printFile(file)).join('\n');
}
