// Every key, once: what it does and what the help says of it.

import { element } from './panel.js';

const find = (id) => document.getElementById(id);

// keys: as the browser names them. says: in the help. does: called with the key.
export function listen(table) {
  find('key-table').replaceChildren(...table.map(({ shown, keys, says }) => {
    const names = element('dt', '');
    names.append(...(shown ?? keys).map((key) => element('kbd', key)));
    const line = element('div', '');
    line.append(names, element('dd', says));
    return line;
  }));
  document.addEventListener('keydown', (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.metaKey || event.altKey || (event.ctrlKey && key !== 'z')) return;
    if (document.querySelector('dialog[open]') || isTyping(event)) return;
    const found = table.find((each) => each.keys.includes(key));
    if (!found?.does) return;
    event.preventDefault();
    found.does(key);
  });
}

// In a field letters are letters; Escape and Enter leave it.
function isTyping(event) {
  const node = event.target;
  if (node.matches('button, summary') && [' ', 'Enter'].includes(event.key)) return true;
  if (node.matches('input[type="range"]')) return event.key.startsWith('Arrow');
  if (!node.matches('input, select, textarea')) return false;
  if (event.key === 'Escape') node.blur();
  return true;
}
