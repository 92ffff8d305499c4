import { cases } from '../script.ts';

const unknown = { headers: { authorization: 'Bearer unknown' } };
const nobody = { headers: { authorization: '' } };

export const auth = cases({
  'C8 a token that is not known is a 401': async (t) => {
    await t.get(t.configMaps, {}, unknown);
    await t.watch(t.configMaps, {}, unknown);
    await t.post(t.configMaps, {}, {}, unknown);
    await t.get('/api/v1/things', {}, unknown);
  },

  'C9 who says nothing is nobody, and nobody may do nothing': async (t) => {
    await t.get(t.configMaps, {}, nobody);
    await t.watch(t.configMaps, {}, nobody);
    await t.get(`${t.configMaps}/a`, {}, nobody);
    await t.get(`/api/v1/configmaps`, {}, nobody);
    await t.get(t.gadgets, {}, nobody);
    await t.delete(`${t.configMaps}/a`, undefined, {}, nobody);
  },
});
