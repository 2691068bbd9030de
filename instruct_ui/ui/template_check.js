// What a constraint is held against. A check that is not whole yet is not kept.
const CHECKS = ['label', 'words', 'sentences', 'json', 'python', 'pattern', 'language', 'contains'];
const ENFORCED = ['label', 'json', 'pattern'];
const drawCheck = (block) => {
  const home = make('div', { className: 'check-line' });
  const keep = (check) => { block.check = check; edited(); };
  const number = (key, value, other) => labelled(t(`check_${key}`), make('input', {
    type: 'number', min: 0, value: value ?? '', oninput: (e) => {
      const typed = e.target.value === '' ? null : Math.max(0, Math.round(Number(e.target.value) || 0));
      other[key] = typed;
      const whole = { kind: other.kind, at_least: other.at_least ?? 0, at_most: other.at_most ?? null };
      keep(whole.at_least || whole.at_most !== null ? whole : null);
    },
  }));
  const list = (key, kept) => labelled(t(`check_${key}`), make('input', {
    type: 'text', value: kept[key].join(', '), oninput: (e) => {
      kept[key] = e.target.value.split(/[,，、]/).map((word) => word.trim()).filter(Boolean);
      keep(kept.all.length || kept.none.length ? { kind: 'contains', all: kept.all, none: kept.none } : null);
    },
  }));
  const parts = {
    label: (old) => { if (!old) keep({ kind: 'label' }); return []; },
    words: (old) => counted('words', old, { at_least: 0, at_most: 30 }),
    sentences: (old) => counted('sentences', old, { at_least: 0, at_most: 1 }),
    json: (old) => {
      const bad = make('span', { className: 'note' });
      if (!old) keep({ kind: 'json', schema: {} });
      return [labelled(t('check_schema'), make('input', { type: 'text', value: old && Object.keys(old.schema ?? {}).length ? JSON.stringify(old.schema) : '', placeholder: '{"type": "object", "required": ["name"]}', spellcheck: false, oninput: (e) => {
        try {
          const schema = e.target.value.trim() ? JSON.parse(e.target.value) : {};
          bad.textContent = '';
          keep({ kind: 'json', schema });
        } catch { bad.textContent = t('check_no_json'); }
      } })), bad];
    },
    python: (old) => { if (!old) keep({ kind: 'python' }); return []; },
    pattern: (old) => [labelled(t('check_pattern_is'), make('input', { type: 'text', value: old?.pattern ?? '', spellcheck: false, maxLength: 500, oninput: (e) => keep(e.target.value ? { kind: 'pattern', pattern: e.target.value } : null) }))],
    language: (old) => {
      if (!old) keep({ kind: 'language', language: template.language });
      return [labelled(t('check_language_is'), choice([['English', 'en'], ['中文', 'zh']], old?.language ?? template.language, (e) => keep({ kind: 'language', language: e.target.value })))];
    },
    contains: (old) => {
      const kept = { all: old?.all ?? [], none: old?.none ?? [] };
      return [list('all', kept), list('none', kept)];
    },
  };
  const counted = (kind, old, first) => {
    const now = old ? { ...old } : { kind, ...first };
    if (!old) keep({ ...now });
    return [number('at_least', now.at_least || null, now), number('at_most', now.at_most, now)];
  };
  const kinds = [[t('check_nothing'), ''], ...CHECKS.map((kind) => [t(`check_${kind}`), kind])];
  const draw = (old) => {
    const kind = picker.value;
    const more = kind ? parts[kind](old) : [];
    const enforce = make('label', { className: 'check' }, make('input', { type: 'checkbox', checked: block.enforced, onchange: (e) => { block.enforced = e.target.checked; edited(); } }), make('span', { textContent: t('check_enforce') }));
    home.replaceChildren(labelled(t('check'), picker), ...more, ...(ENFORCED.includes(kind) ? [enforce] : []));
  };
  const picker = choice(kinds, block.check?.kind ?? '', () => {
    block.enforced = false;
    keep(null);
    draw(null);
    picker.focus();
  });
  draw(block.check);
  return home;
};
