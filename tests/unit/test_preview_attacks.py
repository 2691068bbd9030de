"""Known attacks on jinja's sandbox and on what it leaves open, each against the real process.

Each ends refused or harmless within its second of processor time, and the next person is answered
at once. The lists say how each ends; those of `EITHER` work for about a second, so that it depends
on the machine.
"""

from __future__ import annotations

import re
import time

import pytest

from instruct_ui.data.dataset import Example
from instruct_ui.errors import TemplateError
from instruct_ui.preview.client import Preview
from instruct_ui.templates.render import MOST_CHARACTERS
from instruct_ui.templates.template import Template, parse

ROW = Example(3, "hello there", "greeting", fields={"channel": "chat", "evil": "__class__"})
SHOT = Example(4, "bye", "other", fields={"channel": "mail", "evil": "__class__"})
LABELS = ("greeting", "other")
PYTHON = re.compile(
    r" at 0x[0-9a-f]+|<(class|function|built-in|bound|module|method|generator|code|frame)"
    r"|\bobject at\b|__\w+__'?\s*:|site-packages|\.py\b|/bin/|root:"
)
"""What shows Python, or the machine behind it."""
NEST = "{% set n = namespace(a=[]) %}{% for i in range(9999) %}{% set n.a = [n.a] %}{% endfor %}"

UNSAFE = {
    # Walks along attributes
    "class": "{{ text.__class__ }}",
    "class_of_tuple": "{{ ().__class__.__bases__[0].__subclasses__() }}",
    "mro": "{{ text.__class__.mro() }}",
    "mro_dunder": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "subclasses_in_loop": "{% for c in [].__class__.__subclasses__() %}{{ c }}{% endfor %}",
    "globals_of_format": "{{ text.format.__globals__ }}",
    "globals_of_init": "{{ text.__init__.__globals__ }}",
    "builtins_of_range": "{{ range.__globals__['__builtins__'] }}",
    "self_of_method": "{{ text.upper.__self__.__class__ }}",
    "wrapped_format": "{{ text.format.__wrapped__ }}",
    "func_code_of_macro": "{% macro m() %}{% endmacro %}{{ m._func.func_code }}",
    "code_of_macro": "{% macro m() %}{% endmacro %}{{ m._func.__code__.co_consts }}",
    "environment_of_macro": "{% macro m() %}{% endmacro %}{{ m._environment.__class__ }}",
    "module_of_dict": "{{ dict.__module__ }}",
    "doc_of_range": "{{ range.__doc__ }}",
    "reduce": "{{ text.__reduce_ex__(2) }}",
    "getattribute": "{{ text.__getattribute__('__class__') }}",
    "traceback": "{{ text.__traceback__.tb_frame.f_back }}",
    "class_of_keys": "{{ row.keys().__class__ }}",
    "class_of_bytes": "{{ text.encode('idna').__class__ }}",
    "html_of_markup": "{% autoescape true %}{{ ('<b>' | e).__html__ }}{% endautoescape %}",
    "star_arguments": "{{ dict(*[[text.__class__, 1]]) }}",
    "filter_block": "{% filter attr('__class__') %}x{% endfilter %}",
    "truth_of_class": "{% if text.__class__ %}yes{% endif %}",
    "loop_over_class": "{% for x in text.__class__ %}{{ x }}{% endfor %}",
    "class_of_undefined": "{{ nothing.__class__ }}",
    "exception_of_undefined": "{{ text.nothing._undefined_exception }}",
    # Every way to build the name
    "item": "{{ text['__class__'] }}",
    "item_concatenated": "{{ text['__cla' ~ 'ss__'] }}",
    "item_joined": "{{ text[['__cl', 'ass__'] | join] }}",
    "item_reversed": "{{ text['__ssalc__'[::-1]] }}",
    "item_replaced": "{{ text['__cXlass__'.replace('X', '')] }}",
    "item_lowered": "{{ text['__CLASS__'.lower()] }}",
    "attr": "{{ text | attr('__class__') }}",
    "attr_concatenated": "{{ text | attr('__' ~ 'class' ~ '__') }}",
    "attr_formatted": "{{ text | attr('%s%s' | format('__cl', 'ass__')) }}",
    "attr_of_codes": "{{ text | attr('%c%cclass%c%c' % (95, 95, 95, 95)) }}",
    "attr_escaped": "{{ text | attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "attr_out_of_bytes": "{{ text | attr('__cla$ss__'.encode().decode().replace('$', '')) }}",
    "attr_out_of_row": "{{ text | attr(row['evil']) }}",
    "attr_out_of_field": "{{ text | attr(evil) }}",
    "attr_in_map": "{{ [text] | map('attr', '__class__') | join }}",
    "map_attribute": "{{ [text] | map(attribute='__class__') | join }}",
    "map_attribute_dotted": "{{ [text] | map(attribute='upper.__self__.__class__') | join }}",
    "sort_attribute": "{{ [text, text] | sort(attribute='__class__') | join }}",
    "sum_attribute": "{{ [text] | sum(attribute='__class__') }}",
    "max_attribute": "{{ [text, text] | max(attribute='__class__') }}",
    "unique_attribute": "{{ [text] | unique(attribute='__class__') | list }}",
    "groupby_attribute": "{% for k, v in [text] | groupby('__class__') %}{{ k }}{% endfor %}",
    "selectattr": "{{ [text] | selectattr('__class__') | list }}",
    "zero_width": "{{ text['__cla\u200bss__'] }}",
    "fullwidth": "{{ text.__ｃｌａｓｓ__ }}",
    # Format strings
    "format": "{{ '{0.__class__}'.format(text) }}",
    "format_chain": "{{ '{0.__class__.__mro__}'.format(text) }}",
    "format_item": "{{ '{0[__class__]}'.format(text) }}",
    "format_named": "{{ '{a.__init__.__globals__}'.format(a=text) }}",
    "format_map": "{{ '{a.__class__}'.format_map({'a': text}) }}",
    "format_by_attr": "{{ ('{0.__class__}' | attr('format'))(text) }}",
    "format_by_item": "{{ '{0.__class__}'['format'](text) }}",
    "format_kept": "{% set f = '{0.__class__}'.format %}{{ f(text) }}",
    "format_in_dict": "{{ {'f': '{0.__class__}'.format}.f(text) }}",
    "format_called_by_call": "{% call '{0.__class__}'.format(text) %}{% endcall %}",
    "format_nested": "{{ '{0:{1.__class__}}'.format(1, text) }}",
    "format_of_markup": "{{ ('{0.__class__}' | e).format(text) }}",
    "format_of_safe": "{{ ('{a.__class__}' | safe).format_map({'a': text}) }}",
    "format_of_template": "{{ '{0._TemplateReference__context}'.format(self) }}",
    "format_of_method": "{{ '{}'.format(text.upper) }}",
    "percent_of_method": "{{ '%s' % text.upper }}",
    "percent_filter": "{{ '%r %s' | format(text.upper, range) }}",
    # What jinja itself brings
    "cycler": "{{ cycler.__init__.__globals__.os }}",
    "joiner": "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
    "namespace": "{{ namespace.__init__.__globals__ }}",
    "namespace_private": "{% set ns = namespace(__class__='x') %}{{ ns }}",
    "namespace_call": "{% set ns = namespace() %}{% set ns.__call__ = text.upper %}{{ ns() }}",
    "namespace_attributes": "{% set ns = namespace(a=1) %}{{ ns._Namespace__attrs }}",
    "context_of_self": "{{ self._TemplateReference__context.__class__ }}",
    "loop_iterator": "{% for x in labels %}{{ loop._iterator.__class__ }}{% endfor %}",
    "loop_undefined": "{% for x in labels %}{{ loop._undefined.__globals__ }}{% endfor %}",
    "caller": "{% macro m() %}{{ caller.__class__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "varargs": "{% macro m() %}{{ varargs.__class__ }}{% endmacro %}{{ m(1) }}",
    # What Python would show instead of a text
    "range_shown": "{{ range }}",
    "dict_shown": "{{ dict }}",
    "block_shown": "{% block a %}x{% endblock %}{{ self.a }}",
    "method_shown": "{{ text.upper }}",
    "method_as_string": "{{ text.upper | string }}",
    "method_concatenated": "{{ text.upper ~ '' }}",
    "method_joined": "{{ [text.upper] | join }}",
    # Changes to what the next row reads
    "append": "{{ labels.append('more') }}",
    "append_by_attr": "{{ (labels | attr('append'))('more') }}",
    "append_by_map": "{{ ['more'] | map(labels.append) | list }}",
    "extend_by_item": "{{ labels['extend'](['more']) }}",
    "pop": "{{ labels.pop() }}",
    "sort_in_place": "{{ labels.sort() }}",
    "in_place_sum": "{{ labels.__iadd__(['more']) }}",
    "row_update": "{{ row.update(channel='mail') }}",
    "row_setdefault": "{{ row.setdefault('label', 'x') }}",
    "row_pop": "{{ row.pop('channel') }}",
    "row_clear": "{{ row.clear() }}",
}
UNKNOWN = {
    "frame_of_generator": "{{ (labels | map('upper')).gi_frame }}",
    "code_of_generator": "{{ (labels | select).gi_code.co_consts }}",
    "frame_of_coroutine": "{{ (labels | batch(1)).cr_frame }}",
    "frame_behind": "{{ (labels | reject).gi_frame.f_back.f_builtins }}",
    "frame_of_async_generator": "{{ (labels | slice(2)).ag_frame }}",
    "globals_by_attr_twice": "{{ text | attr('format') | attr('__globals__') }}",
    "mro_of_dict": "{{ dict.mro() }}",
    "fullwidth_by_attr": "{{ text | attr('__ｃｌａｓｓ__') }}",
    "right_to_left": "{{ text['\u202e__ssalc__'] }}",
    "context_of_block": "{% block a %}x{% endblock %}{{ self.a._context }}",
    "context": "{{ _context }}",
    "context_by_name": "{{ context.environment }}",
    "environment": "{{ environment }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "flask_request": "{{ request.application.__globals__ }}",
    "flask_config": "{{ config.items() }}",
    "import_function": "{{ __import__('os').system('id') }}",
    "open_function": "{{ open('/etc/passwd').read() }}",
    "eval_function": "{{ eval('1') }}",
    "method_as_key": "{{ {}[text.upper] }}",
    "name_of_100_000": "{{ " + "a" * 100_000 + " }}",
    "line_ends": "\n" * 150_000 + "{{ nothing }}",
}
BROKEN = {
    "fullwidth_underscores": "{{ text.＿＿class＿＿ }}",
    "do": "{% do labels.append('x') %}",
    "break": "{% for x in labels %}{% break %}{% endfor %}",
    "debug": "{% debug %}",
    "trans": "{% trans %}x{% endtrans %}",
    "lambda": "{{ (lambda: 1)() }}",
    "comprehension": "{{ [x for x in ().__class__] }}",
    "comment_left_open": "{# {{ text.__class__ }}",
    "unknown_filter": "{{ text | system }}",
    "percent_signs": "{%" * 20_000,
    "blanks_before_the_end": "{{ text " + " " * 100_000 + "x",
    "string_left_open": "{{ '" + "\\\\" * 50_000,
}
FAILED = {
    "row_set": "{% set row.channel = 'mail' %}{{ row.channel }}",
    "include": "{% include '/etc/passwd' %}",
    "include_ignoring": "{% include ['/etc/passwd', 'x'] ignore missing %}",
    "import": "{% import 'os' as os %}{{ os.environ }}",
    "from_import": "{% from 'os' import system %}{{ system('id') }}",
    "extends": "{% extends '/etc/passwd' %}",
    "slice_by_class": "{{ labels[text.__class__:] }}",
    "method_as_json": "{{ text.upper | tojson }}",
    "range_too_large": "{{ range(10**9) | list }}",
    "power_shown": "{{ 10**100000 }}",
    "digits": "{{ " + "1_" * 20_000 + "1 }}",
    "half_a_character": "{{ '\\ud800' }}",
    "blocks_nested_30_deep": "{% for a in range(2) %}" * 30 + "x" + "{% endfor %}" * 30,
}
TOO_MUCH = {
    # Memory
    "text_times": "{{ 'a' * 10**9 }}",
    "list_times": "{{ [0] * 10**9 }}",
    "tuple_times": "{{ ((0,) * 10**8) | length }}",
    "wide_number": "{{ '%999999999d' | format(1) }}",
    "wide_text": "{{ '%999999999s' % text }}",
    "wide_star": "{{ '%*d' % (999999999, 1) }}",
    "wide_precision": "{{ '%.999999999f' % 1.5 }}",
    "wide_format": "{{ '{0:>999999999}'.format(text) }}",
    "wide_format_nested": "{{ '{0:{1}}'.format(1, 10**9) }}",
    "zfill": "{{ text.zfill(10**9) }}",
    "ljust": "{{ text.ljust(10**9) }}",
    "expandtabs": "{{ '\\t'.expandtabs(2 * 10**9) }}",
    "center": "{{ text | center(10**9) }}",
    "center_while_compiling": "{{ 'a' | center(10**9) | upper | lower }}",
    "to_bytes": "{{ (1).to_bytes(10**9, 'big') }}",
    "batch": "{{ labels | batch(10**9, 'x') | list }}",
    "tojson": "{{ labels | tojson(indent=10**9) }}",
    "xmlattr": "{{ {'a': 'x' * 10**9} | xmlattr }}",
    "replace": "{{ ('a' * 9999).replace('a', 'a' * 9999).replace('a', 'a' * 9999) | length }}",
    "replace_filter": "{{ ('a' * 9999) | replace('', 'b' * 99999) | length }}",
    "join": "{{ ('x' * 99999).join(range(99999) | map('string')) | length }}",
    "join_filter": "{{ range(99999) | join('x' * 99999) | length }}",
    "translate": "{{ ('a' * 10**6).translate({97: 'a' * 10**6}) | length }}",
    "set_doubling": "{% set a = 'aaaaaaaa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "list_doubling": "{% set a = [0] %}" + "{% set a = a + a %}" * 40 + "{{ a | length }}",
    # Text
    "one_more_than_may_be": "{{ 'a' * 200001 }}",
    "loop_written": "{% for a in range(99999) %}{{ 'a' * 9999 }}{% endfor %}",
    "loops_written": "{% for a in range(99) %}" * 12 + "x" + "{% endfor %}" * 12,
    "set_block": "{% set a %}{% for x in range(99999) %}{{ 'a' * 9999 }}{% endfor %}{% endset %}",
    "macro_written": "{% macro m() %}{{ 'a' * 99999 }}{% endmacro %}{{ m() }}{{ m() }}{{ m() }}",
    # Recursion
    "macro_recursive": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "block_recursive": "{% block a %}{{ self.a() }}{% endblock %}",
    "loop_recursive": "{% for a in labels recursive %}{{ loop(labels) }}{% endfor %}",
    "parentheses": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "nots": "{{ " + "not " * 20_000 + "1 }}",
    "signs": "{{ " + "-" * 20_000 + "1 }}",
    "brackets": "{{ " + "[" * 150 + "]" * 150 + " }}",
    "open_tags": "{{" * 20_000,
    "ifs": "{% if text %}" * 300 + "x" + "{% endif %}" * 300,
    "nested_shown": NEST + "{{ n.a }}",
    "nested_as_json": NEST + "{{ n.a | tojson }}",
    "nested_printed": NEST + "{{ n.a | pprint }}",
    # Time
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "macro_branching": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}"
    ),
    "one_long_power": "{{ (10**(10**8)) % 3 }}",
    "slice": "{{ labels | slice(10**9, 'x') | list }}",
    "find_in_steps": ("{{ (('a' * 10**6) ~ 'b').rfind(('a' * 10**5) ~ 'b' ~ ('a' * 10**5)) }}"),
    "one_hash_for_all": (
        "{% set n = namespace(a=[]) %}{% for i in range(20000) %}"
        "{% set n.a = n.a + [i * 2305843009213693951] %}{% endfor %}{{ n.a | unique | length }}"
    ),
    "title_by_pattern": "{{ ('a-' * 10**7) | title | length }}",
}
EITHER = {
    "compares": "{{ " + " < ".join(["1"] * 20_000) + " }}",
    "outputs": "{{ text }}" * 8_000,
    "names": "".join(f"{{% set a{n} = 1 %}}" for n in range(2_000)),
    "macros": "{% macro m() %}{% endmacro %}" * 1_000,
    "filters": "{{ text" + " | upper" * 20_000 + " }}",
    "attributes": "{{ text" + ".a" * 20_000 + " }}",
    "sums": "{{ " + "+".join(["1"] * 20_000) + " }}",
    "wordwrap": "{{ ('a ' * 10**5) | wordwrap(1) | length }}",
    "punycode": "{{ ('äö' * 10**5).encode('punycode') | length }}",
    "sort": "{{ range(99999) | map('string') | sort | join | length }}",
    "split": "{{ ('a ' * 10**6).split() | length }}",
    "urlize": "{{ ('www.' * 200000) | urlize | length }}",
    "urlize_brackets": ("{{ (('(' * 50000) ~ 'http://a.b' ~ (')' * 50000)) | urlize | length }}"),
    "urlize_mail": "{{ (('a@' * 99999) ~ '!') | urlize | length }}",
    "striptags": "{{ ('<' * 10**6) | striptags | length }}",
    "striptags_comments": "{{ ('<!--' * 300000) | striptags | length }}",
    "indent": "{{ ('\\n' * 9999) | indent(10**6) | length }}",
    "random": "{{ range(99999) | random }}",
}
HARMLESS = {
    "raw": ("{% raw %}{{ text.__class__ }}{% endraw %}", "{{ text.__class__ }}"),
    "comment": ("{# {{ text.__class__ }} #}{{ text }}", "hello there"),
    "default_for_class": ("{{ text.__class__ | default('x') }}", "x"),
    "class_is_defined": ("{{ text.__class__ is defined }}", "False"),
    "undefined_in_list": ("{{ [nothing] }}", "[Undefined]"),
    "method_in_list": ("{{ [text.upper] }}", "[upper()]"),
    "method_printed": ("{{ text.upper | pprint }}", "upper()"),
    "format_got_by_map": ("{{ ['{0.__class__}'] | map('attr', 'format') | list }}", "[format()]"),
    "format_repr": ("{{ '{0!r}'.format(range) }}", "range()"),
    "cycler_shown": ("{{ cycler('a') }}", "cycler()"),
    "joiner_shown": ("{{ joiner(',') }}", "joiner()"),
    "generator_shown": ("{{ labels | map('upper') }}", "['GREETING', 'OTHER']"),
    "generator_as_string": ("{{ labels | reverse | string }}", "['other', 'greeting']"),
    "list_nested": ("{{ ([[0] * 10**6] * 10**6) | length }}", "1000000"),
    "text_to_number": ("{{ ('9' * 10**6) | int }}", "0"),
    "range_sum": ("{{ range(1000) | sum }}", "499500"),
    "nulls": ("{{ '\\x00' * 3 }}", "\x00\x00\x00"),
    "as_much_as_may_be": ("{{ 'a' * 200000 }}", "a" * 200_000),
}
ENDS = [
    *(pytest.param(text, "template_unsafe", id=f"unsafe-{n}") for n, text in UNSAFE.items()),
    *(pytest.param(t, "template_unknown_field", id=f"unknown-{n}") for n, t in UNKNOWN.items()),
    *(pytest.param(text, "template_syntax", id=f"broken-{n}") for n, text in BROKEN.items()),
    *(pytest.param(text, "template_failed", id=f"failed-{n}") for n, text in FAILED.items()),
    *(pytest.param(text, "template_too_much", id=f"too-much-{n}") for n, text in TOO_MUCH.items()),
]


def template(text: str, kind: str = "input") -> Template:
    blocks = [
        {"kind": "instruction", "text": "Say what it is."},
        {"kind": kind, "text": text},
        {"kind": "answer", "text": "It is:"},
    ]
    if kind != "input":
        blocks.insert(2, {"kind": "input", "text": "{{ text }}"})
    return parse({"name": "t", "task": "text_classification", "blocks": blocks}, "t")


def shown(preview: Preview, text: str, kind: str = "input") -> str:
    """What the block reads, without the gap behind it."""
    parts, _ = preview.preview(template(text, kind), ROW, LABELS, [SHOT], None)
    return "".join(p.text for p in parts if p.kind == kind).removesuffix("\n")


def answers_at_once(preview: Preview) -> bool:
    begin = time.monotonic()
    read = shown(preview, "{{ text }} {{ labels | join(' ') }} {{ channel }}")
    assert read == "hello there greeting other chat", "nothing has changed for others"
    return time.monotonic() - begin < 2  # some 20 ms, and a margin for a busy machine


@pytest.mark.parametrize(("text", "key"), ENDS)
def test_what_reaches_out_or_asks_too_much_is_refused(
    preview: Preview, text: str, key: str
) -> None:
    begin = time.monotonic()
    with pytest.raises(TemplateError) as caught:
        shown(preview, text)
    assert time.monotonic() - begin < 15
    assert caught.value.key == key
    assert (caught.value.params["block"], caught.value.params["kind"]) == (2, "input")
    for language in ("en", "zh"):
        message = caught.value.message(language)
        assert len(message) < 1000 and not PYTHON.search(message)
    assert answers_at_once(preview)


@pytest.mark.parametrize(("text", "read"), HARMLESS.values(), ids=HARMLESS)
def test_what_reaches_nothing_shows_nothing(preview: Preview, text: str, read: str) -> None:
    assert shown(preview, text) == read
    assert answers_at_once(preview)


@pytest.mark.parametrize("text", EITHER.values(), ids=EITHER)
def test_what_takes_long_ends(preview: Preview, text: str) -> None:
    begin = time.monotonic()
    try:
        read = shown(preview, text)
    except TemplateError as error:
        assert error.key in ("template_too_much", "template_unknown_field")
    else:
        assert len(read) <= MOST_CHARACTERS and not PYTHON.search(read)
    assert time.monotonic() - begin < 15
    assert answers_at_once(preview)


@pytest.mark.parametrize("text", ["{{ text.__class__ }}", "{{ 'a' * 10**9 }}"], ids=range(2))
@pytest.mark.parametrize("kind", ["instruction", "constraint", "examples"])
def test_no_kind_of_block_lets_it_through(preview: Preview, text: str, kind: str) -> None:
    with pytest.raises(TemplateError) as caught:
        shown(preview, text, kind)
    assert (caught.value.params["block"], caught.value.params["kind"]) == (2, kind)
    assert answers_at_once(preview)


@pytest.mark.parametrize("text", [*UNSAFE.values(), *TOO_MUCH.values()][::12], ids=str)
def test_in_the_text_of_a_row_it_is_text(preview: Preview, text: str) -> None:
    row = Example(0, text, fields={"channel": text, "evil": text})
    parts, _ = preview.preview(template("{{ text }}{{ channel }}"), row, LABELS, [], None)
    assert parts[1].text == (text * 2).rstrip("\n") + "\n"
