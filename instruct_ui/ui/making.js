// Ticks and changes, by job and number: they stay when the list is drawn anew.
const kept = new Map();
const rows = () => [...element.querySelectorAll('li[data-number]')];
const job = () => element.querySelector('[data-made-job]')?.dataset.madeJob;
const tick = (row) => row.querySelector('input[type=checkbox]');
const text = (row) => row.querySelector('textarea');
const given = (row) => row.querySelector('[data-given]');

const count = () => {
  const button = element.querySelector('button[data-act=add]');
  if (!button) return;
  const taken = rows().filter((row) => tick(row).checked).length;
  const { none, one, many } = button.dataset;
  const said = taken > 1 ? many.replace('{count}', taken) : taken ? one : none;
  // Setting even what is there would call the observer below once more.
  if (button.disabled !== !taken) button.disabled = !taken;
  if (button.textContent !== said) button.textContent = said;
};

const keep = (row) => kept.set(`${job()}/${row.dataset.number}`, {
  taken: tick(row).checked, text: text(row).value, given: given(row)?.value,
});

const restore = () => {
  rows().forEach((row) => {
    const before = kept.get(`${job()}/${row.dataset.number}`);
    if (!before) return;
    tick(row).checked = before.taken;
    text(row).value = before.text;
    if (given(row) && before.given !== undefined) given(row).value = before.given;
  });
  count();
};

['input', 'change'].forEach((kind) => element.addEventListener(kind, (event) => {
  const row = event.target.closest('li[data-number]');
  if (!row) return;
  keep(row);
  count();
}));

element.addEventListener('click', (event) => {
  const act = event.target.closest('button[data-act]')?.dataset.act;
  if (act === 'all' || act === 'none') {
    rows().forEach((row) => { tick(row).checked = act === 'all'; keep(row); });
    count();
  }
  if (act === 'add') {
    const taken = rows().filter((row) => tick(row).checked).map((row) => ({
      number: Number(row.dataset.number), text: text(row).value,
      given: given(row)?.value ?? row.dataset.asked,
    }));
    trigger('add_rows', { job: job(), rows: taken });
  }
  if (act === 'drop') trigger('drop_made', {});
});

// A list in another language is not always drawn anew: its words may be changed where they stand.
new MutationObserver(restore).observe(element, {
  childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['data-none'],
});
restore();
