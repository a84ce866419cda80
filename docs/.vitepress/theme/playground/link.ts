import {
  CHOICES,
  keysOf,
  nearest,
  SLIDERS,
  START,
  type ChoiceName,
  type Settings,
  type SliderName,
} from './settings.js';
import { TIMELINES } from './timelines.js';

/** The query of a link to these settings: those that differ from the start, or an empty string. */
export function toQuery(settings: Settings): string {
  const query = new URLSearchParams();
  for (const name of keysOf(START)) {
    if (settings[name] !== START[name]) query.set(name, String(settings[name]));
  }
  return query.size > 0 ? `?${query}` : '';
}

/** The settings in a query. A number out of range is clamped; other values that are not valid are ignored. */
export function fromQuery(query: string): Settings {
  const given = new URLSearchParams(query);
  const numbers: Partial<Record<SliderName | ChoiceName, number>> = {};
  for (const name of keysOf(SLIDERS)) {
    const value = readNumber(given.get(name));
    if (value !== undefined) numbers[name] = nearest(SLIDERS[name], value);
  }
  for (const name of keysOf(CHOICES)) {
    const value = readNumber(given.get(name));
    const values: readonly number[] = CHOICES[name].values;
    if (value !== undefined && values.includes(value)) numbers[name] = value;
  }
  const timeline = keysOf(TIMELINES).find((name) => name === given.get('timeline'));
  const reset = given.get('resetOnChange');
  return {
    ...START,
    ...numbers,
    ...(timeline && { timeline }),
    ...((reset === 'true' || reset === 'false') && { resetOnChange: reset === 'true' }),
  };
}

function readNumber(text: string | null): number | undefined {
  const value = text === null || text.trim() === '' ? NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}
