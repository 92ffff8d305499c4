import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { Converter } from 'typedoc';
import { MarkdownPageEvent } from 'typedoc-plugin-markdown';

/** Types that the package does not export and that are shown where they are used. What else it keeps is listed in typedoc.json. */
const SHOWN = ['Attempt', 'Json', 'Missing', 'Occurrence'];

/** A plug-in of TypeDoc: what docs/api is to look like, where there is no option for it. */
export function load({ converter, renderer }) {
  converter.on(Converter.EVENT_BEGIN, ({ inlineType }) => {
    for (const type of SHOWN) inlineType.add(type);
  });

  // The constraint as it is written: resolved, one that depends on another type parameter is `never`.
  converter.on(Converter.EVENT_CREATE_TYPE_PARAMETER, (context, parameter) => {
    const [declaration] = context.getSymbolFromReflection(parameter)?.declarations ?? [];
    if (declaration?.constraint) parameter.type = context.converter.convertType(context, declaration.constraint);
  });

  // What is taken apart in the parameter list has no name there.
  converter.on(Converter.EVENT_RESOLVE, (_context, reflection) => {
    if (reflection.name !== '__namedParameters') return;
    reflection.name = /(Options|Limit)$/.exec(reflection.type?.name)?.[0].toLowerCase() ?? 'object';
  });

  // An entry is called as it is imported, not as its source.
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const specifiers = new Map(Object.entries(exports).map(([path, { types }]) => [types, name + path.slice(1)]));
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const entry of project.children) entry.name = specifiers.get(`./dist/${entry.name}/index.d.ts`);
  });

  renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = withoutRepetition(page.contents);
    page.preWriteAsyncJobs.push(async () => {
      // Without the wrapping of prose, wide tables are not padded.
      const options = { parser: 'markdown', singleQuote: true, printWidth: 120, proseWrap: 'never' };
      page.contents = await format(page.contents, options);
    });
  });
}

/** Parameters and results of which there is no word and no link say less than the signature above them. */
function withoutRepetition(page) {
  const section = /^#+ (Type Parameters|Parameters|Returns)\n\n([^]*?)\n*(?=^#|^\*\*\*|^<a |(?![^]))/gm;
  return page.replace(section, (all, title, body) => {
    const hasWords = /\| Description \||\n\n/.test(body);
    const hasLinks = title !== 'Type Parameters' && body.includes('](');
    return hasWords || hasLinks ? all : '';
  });
}
