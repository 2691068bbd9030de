// The fields a template can use: listed below the blocks, and offered where `{{` is typed.
const drawFields = () => {
  const line = $('.fields');
  line.replaceChildren(`${t('fields')} `);
  for (const field of state.fields) line.append(make('code', { className: 'field', textContent: `{{ ${field} }}` }), ' ');
};
const OPENED = /\{\{\s*([\p{L}\p{N}_]*)$/u;
let offers = 0;
const offerFields = (node, area) => {
  const id = `field-offer-${++offers}`;
  const list = make('ul', { id, className: 'field-offer', role: 'listbox', hidden: true, 'aria-label': t('fields') });
  node.append(list);
  let at = 0;
  const close = () => {
    list.hidden = true;
    area.removeAttribute('aria-controls');
    area.removeAttribute('aria-activedescendant');
  };
  const begun = () => area.value.slice(0, area.selectionStart).match(OPENED);
  const known = () => [...state.fields, ...(area.closest('.k-examples') ? ['answer'] : [])];
  const take = (field) => {
    const found = begun();
    if (!found) { close(); return; }
    const start = area.selectionStart - found[1].length;
    const rest = area.value.slice(area.selectionStart);
    const closed = /^\s*\}\}/.test(rest) ? '' : ' }}';
    const lead = /\{\{$/.test(area.value.slice(0, start)) ? ' ' : '';
    area.setRangeText(`${lead}${field}${closed}`, start, area.selectionStart, 'end');
    close();
    area.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const draw = () => {
    const found = begun();
    const typed = found?.[1].toLowerCase() ?? '';
    const fitting = found ? known().filter((field) => field.toLowerCase().startsWith(typed)) : [];
    if (!fitting.length || (fitting.length === 1 && fitting[0] === found[1])) { close(); return; }
    at = Math.min(at, fitting.length - 1);
    list.replaceChildren(...fitting.map((field, i) => make('li', {
      id: `${id}-${i}`, role: 'option', textContent: field, 'aria-selected': String(i === at),
      onmousedown: (event) => { event.preventDefault(); take(field); },
    })));
    list.hidden = false;
    area.setAttribute('aria-controls', id);
    area.setAttribute('aria-activedescendant', `${id}-${at}`);
  };
  area.addEventListener('input', () => { at = 0; draw(); });
  area.addEventListener('blur', close);
  area.addEventListener('keydown', (event) => {
    if (list.hidden || event.isComposing) return;
    const count = list.children.length;
    if (event.key === 'ArrowDown') at = (at + 1) % count;
    else if (event.key === 'ArrowUp') at = (at + count - 1) % count;
    else if (event.key === 'Enter' || event.key === 'Tab') { event.preventDefault(); take(list.children[at].textContent); return; }
    else if (event.key === 'Escape') { close(); return; }
    else return;
    event.preventDefault();
    draw();
  });
};
