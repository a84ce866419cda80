import { h, type VNode } from 'vue';
import { formatDuration } from './format.js';
import type { Choice, Slider } from './settings.js';

/** A group of controls with a name. */
export function group(name: VNode | string, controls: readonly VNode[], kind = ''): VNode {
  return h('fieldset', { class: kind }, [h('legend', [name]), ...controls]);
}

export function sliderControl(
  name: string,
  slider: Slider,
  value: number,
  onChange: (value: number) => void,
): VNode {
  const { label, min, max, step } = slider;
  const shown = slider.unit === 'ms' ? formatDuration(value) : String(value);
  const id = idOf(name);
  return h('div', { class: 'control', key: name }, [
    h('label', { for: id }, label),
    // off: the slider itself announces its value
    h('output', { for: id, 'aria-live': 'off' }, shown),
    h('input', {
      id,
      type: 'range',
      min,
      max,
      step,
      value,
      'aria-valuetext': shown,
      onInput: onValue((text) => onChange(Number(text))),
    }),
  ]);
}

export function choiceControl(
  name: string,
  { label, values, unlimited }: Choice,
  value: number,
  onChange: (value: number) => void,
): VNode {
  const id = idOf(name);
  return h('div', { class: 'control', key: name }, [
    h('label', { for: id }, label),
    h(
      'select',
      { id, value: String(value), onChange: onValue((text) => onChange(Number(text))) },
      values.map((it) =>
        h('option', { value: String(it) }, it === Infinity ? unlimited : formatDuration(it)),
      ),
    ),
  ]);
}

export function checkboxControl(
  name: string,
  label: string,
  checked: boolean,
  onChange: (checked: boolean) => void,
): VNode {
  const id = idOf(name);
  return h('div', { class: 'control check', key: name }, [
    h('input', {
      id,
      type: 'checkbox',
      checked,
      onChange: ({ target }: Event) => {
        if (target instanceof HTMLInputElement) onChange(target.checked);
      },
    }),
    h('label', { for: id }, label),
  ]);
}

export function radioControl(
  name: string,
  value: string,
  label: string,
  checked: boolean,
  onChange: () => void,
): VNode {
  const id = idOf(`${name}-${value}`);
  return h('div', { class: 'radio', key: value }, [
    h('input', { id, type: 'radio', name: idOf(name), value, checked, onChange }),
    h('label', { for: id }, label),
  ]);
}

function idOf(name: string): string {
  return `playground-${name.replace('.', '-')}`;
}

function onValue(handle: (text: string) => void): (event: Event) => void {
  return ({ target }) => {
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) {
      handle(target.value);
    }
  };
}
