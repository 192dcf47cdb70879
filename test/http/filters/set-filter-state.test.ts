/** envoy.filters.http.set_filter_state: keys that nobody reads. What it sets is compared with Envoy: conformance set-filter-state/*. */
import t from 'tap';
import { rig } from './rig.ts';

const value = (objectKey: string, more: object = {}): object => ({
  onRequestHeaders: [{ objectKey, formatString: { textFormatSource: { inlineString: 'x' } }, ...more }],
});
const TYPE = 'set_filter_state.v3.Config';

t.test(
  'a key that Envoy has no factory for is refused in its words, one that nothing reads here by its name',
  async (t) => {
    await t.rejects(rig(t, TYPE, value('mine')), /'mine' does not have an object factory/);
    await t.rejects(rig(t, TYPE, value('mine', { factoryKey: 'x' })), /'mine' does not have an object factory/);
    await t.rejects(
      rig(t, TYPE, value('envoy.router.debug_config')),
      /'envoy.router.debug_config' is not supported yet/,
    );
  },
);
