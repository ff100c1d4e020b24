// The kind of a defect: typed, or one of those used before, by its number.

import { element } from './panel.js';
import { work } from './work.js';

const field = document.getElementById('class');

export const chosenClass = () => field.value.trim() || 'defect';

// Chips of the kinds used before; the field keeps what was chosen last, as defects of one kind come in rows.
export function classes(held = '') {
  if (held) field.value = held;
  const chips = (work.state?.classes ?? []).slice(0, 9).map((name, index) => {
    const chip = element('button', name);
    chip.type = 'button';
    chip.append(element('kbd', String(index + 1)));
    chip.setAttribute('aria-pressed', String(name === chosenClass()));
    chip.addEventListener('click', () => choose(index));
    return chip;
  });
  document.getElementById('class-chips').replaceChildren(...chips);
}

export function choose(index) {
  const name = work.state?.classes[index];
  if (!name) return;
  field.value = name;
  classes();
}

export function listen() {
  field.addEventListener('input', () => classes());
  document.getElementById('class-form').addEventListener('submit', (event) => {
    event.preventDefault();
    field.blur();
  });
}
