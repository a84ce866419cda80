import { h, type VNode } from 'vue';
import { checkboxControl, choiceControl, group, radioControl, sliderControl } from './controls.js';
import {
  CHOICES,
  keysOf,
  SLIDERS,
  type ChoiceName,
  type Settings,
  type SliderName,
} from './settings.js';
import { TIMELINES } from './timelines.js';

/** Changes some of the settings. */
export type ChangeSettings = (changed: Partial<Settings>) => void;

/** The choice of the timeline. */
export function timelineControls({ timeline }: Settings, change: ChangeSettings): VNode {
  return group(
    'Task',
    keysOf(TIMELINES).map((name) =>
      radioControl('timeline', name, TIMELINES[name].label, name === timeline, () =>
        change({ timeline: name }),
      ),
    ),
    'timelines',
  );
}

/** The controls of the options, and of the server. */
export function optionControls(settings: Settings, change: ChangeSettings): VNode {
  const slider = (name: SliderName) =>
    sliderControl(name, SLIDERS[name], settings[name], (value) => change({ [name]: value }));
  const sliders = (prefix: string) =>
    keysOf(SLIDERS)
      .filter((name) => name.startsWith(prefix))
      .map(slider);
  const choice = (name: ChoiceName) =>
    choiceControl(name, CHOICES[name], settings[name], (value) => change({ [name]: value }));
  return h('div', { class: 'options' }, [
    group(h('code', 'backoff'), [
      ...sliders('backoff.'),
      checkboxControl('resetOnChange', 'resetOnChange', settings.resetOnChange, (resetOnChange) =>
        change({ resetOnChange }),
      ),
    ]),
    group(h('code', 'retry'), sliders('retry.')),
    group('More', [choice('timeout'), slider('latency'), slider('seed'), choice('shown')]),
  ]);
}
