// Beside the blocks: label words, versions with their differences, the library, files.
const drawWords = () => {
  const home = $('.words');
  home.replaceChildren();
  const labels = [...new Set(state.columns.flatMap((column) => column.labels))];
  $('#label-words').hidden = !labels.length && !state.none_used;
  if (state.none_used) {
    home.append(make('span', { textContent: t('none_word') }), make('input', {
      type: 'text', value: template.none, placeholder: template.language === 'zh' ? '无' : 'none', maxLength: 60, 'aria-label': t('none_word'),
      oninput: (e) => { template.none = e.target.value; edited(); },
    }));
  }
  for (const label of labels) {
    const plain = label.replaceAll('_', ' ');
    home.append(make('span', { textContent: label }), make('input', {
      type: 'text', value: template.label_words[label] ?? '', placeholder: plain, 'aria-label': `${t('label_words')}: ${label}`,
      oninput: (e) => {
        if (e.target.value) template.label_words[label] = e.target.value; else delete template.label_words[label];
        edited();
      },
    }));
  }
};
const drawEncoder = () => {
  $('#template-encoder').hidden = !state.describes;
  $('.encoder').replaceChildren(
    labelled(t('description'), make('input', { type: 'text', value: template.label_description, oninput: (e) => { template.label_description = e.target.value; edited(); } })),
    make('label', { className: 'check' }, make('input', { type: 'checkbox', checked: template.encoder_reads_instruction, onchange: (e) => { template.encoder_reads_instruction = e.target.checked; edited(); } }), make('span', { textContent: t('reads_instruction') })),
  );
};
const drawVersions = (versions) => {
  const list = $('.versions');
  list.replaceChildren();
  if (!versions.length) list.append(make('li', { className: 'muted', textContent: t('no_versions') }));
  for (const version of versions) {
    const shown = make('div', { className: 'changes', hidden: true });
    const look = make('button', { type: 'button', className: 'small', textContent: t('changes'), 'aria-expanded': 'false', 'aria-label': `${t('changes')}: ${version.name}`, onclick: async () => {
      shown.hidden = !shown.hidden;
      look.setAttribute('aria-expanded', String(!shown.hidden));
      if (shown.hidden) return;
      const answer = await server.changes(ask({ version: version.id }));
      if (answer.error) { shown.textContent = answer.error; return; }
      shown.innerHTML = answer.html;
    } });
    list.append(make('li', {}, make('strong', { textContent: version.name }), make('span', { className: 'muted', textContent: version.note }), look,
      make('button', { type: 'button', className: 'small', textContent: t('restore'), 'aria-label': `${t('restore')}: ${version.name}`, onclick: async () => {
        await flush();
        took(await server.restore(ask({ version: version.id })));
      } }), shown));
  }
};
const took = (answer) => {
  if (answer.error) { told(answer.error, true); return; }
  setTemplate(answer.template);
  told(`✓ ${t('saved')}`);
  trigger('kept');
};
const drawLibrary = () => {
  const pick = choice(state.library.map((l) => [l.title, l.name]), state.library[0]?.name ?? '', () => note());
  const about = make('p', { className: 'note' });
  const note = () => { about.textContent = `${state.library.find((l) => l.name === pick.value)?.description ?? ''} ${t('library_note')}`; };
  note();
  $('.library').replaceChildren(make('div', { className: 'line' }, labelled(t('library_pick'), pick),
    make('button', { type: 'button', className: 'small', textContent: t('use'), onclick: async () => {
      await flush();
      took(await server.use(ask({ name: pick.value })));
    } })), about);
};
const drawKeep = () => {
  const note = make('input', { type: 'text', maxLength: 200 });
  $('.keep').replaceChildren(labelled(t('note'), note), make('button', { type: 'button', className: 'small', textContent: t('keep'), onclick: async () => {
    await flush();
    const answer = await server.keep(ask({ note: note.value }));
    if (answer.error) { told(answer.error, true); return; }
    note.value = '';
    drawVersions(answer.versions);
    told(`✓ ${t('kept').replace('{number}', answer.number)}`);
    trigger('kept');
  } }));
};
// What a kept version and the draft differ in, and the two of them against each other in one click.
const drawSince = (since) => {
  state.since = since;
  const home = $('.since');
  home.hidden = !since;
  if (!since) return;
  home.replaceChildren(make('p', { textContent: since.said }), make('button', {
    type: 'button', className: 'small', textContent: t('ab'), disabled: !since.changed, title: t('ab_note'), onclick: async () => {
      await flush();
      const answer = await server.ab(ask());
      if (answer.error) { told(answer.error, true); return; }
      drawVersions(answer.versions);
      drawSince(answer.since);
      trigger('pair', { versions: answer.pair });
    },
  }));
};
const drawFiles = () => {
  const file = make('input', { type: 'file', accept: '.yaml,.yml,.json', 'aria-label': t('bring'), onchange: async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    if (chosen.size > 8e6) { brought({ error: t('bring_too_large') }); return; }
    await flush();
    brought(await server.bring(ask({ name: chosen.name, text: await chosen.text() })));
    file.value = '';
  } });
  const given = make('button', { type: 'button', className: 'small', textContent: t('export'), onclick: async () => {
    await flush();
    const answer = await server.export(ask());
    if (answer.error) { told(answer.error, true); return; }
    const link = make('a', { href: URL.createObjectURL(new Blob([answer.text], { type: 'application/yaml' })), download: answer.name });
    link.click();
    URL.revokeObjectURL(link.href);
  } });
  $('.files').replaceChildren(make('div', { className: 'line' }, labelled(t('bring'), file), given), make('p', { className: 'note', textContent: t('bring_note') }), make('div', { className: 'brought' }));
};
const brought = (answer) => {
  const home = $('.brought');
  if (answer.error) { home.replaceChildren(make('p', { className: 'bad', role: 'alert', textContent: answer.error })); return; }
  home.replaceChildren(make('ul', {}, ...answer.templates.map((found) => make('li', {},
    make('strong', { textContent: found.name }),
    make('button', { type: 'button', className: 'small', textContent: t('use'), 'aria-label': `${t('use')}: ${found.name}`, onclick: async () => {
      await flush();
      setTemplate(found.template);
      edited();
    } }),
    ...(found.notes.length ? [make('ul', { className: 'note' }, ...found.notes.map((text) => make('li', { textContent: text })))] : []))),
  ...answer.refused.map((found) => make('li', {}, make('strong', { textContent: found.name }), make('p', { className: 'note', textContent: found.reason })))));
};
