#!/usr/bin/env python3
"""A screen reader's side of the real AT-SPI bus, as far as Gatescope's window goes.

    screen_reader.py walk               every control that shows has a name and a role
    screen_reader.py listen FILE        writes what is heard, one event a line, until it is killed
    screen_reader.py compare FILE TEXT  what was heard of a reply against the reply itself

What Orca (tried: 43) speaks of its own accord, wherever the keyboard is, is a notification that
appears in a status bar: `listen` writes it as `spoken`. Text inserted into the conversation is
written as `inserted`.
"""

import re
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

# What a person acts on. Panels, labels and scroll bars need no name of their own.
CONTROLS = {
    Atspi.Role.PUSH_BUTTON, Atspi.Role.TOGGLE_BUTTON, Atspi.Role.CHECK_BOX, Atspi.Role.RADIO_BUTTON,
    Atspi.Role.COMBO_BOX, Atspi.Role.ENTRY, Atspi.Role.TEXT, Atspi.Role.SPIN_BUTTON,
    Atspi.Role.SLIDER, Atspi.Role.LIST, Atspi.Role.TABLE, Atspi.Role.TREE, Atspi.Role.TREE_TABLE,
    Atspi.Role.PAGE_TAB, Atspi.Role.PAGE_TAB_LIST, Atspi.Role.MENU, Atspi.Role.MENU_ITEM,
    Atspi.Role.CHECK_MENU_ITEM, Atspi.Role.DOCUMENT_FRAME, Atspi.Role.LIST_ITEM,
    Atspi.Role.PROGRESS_BAR, Atspi.Role.DIALOG,
}
NAMELESS_ROLES = {Atspi.Role.INVALID, Atspi.Role.UNKNOWN}
MOST_CELLS = 64  # of one table; the others are made alike


def application():
    for _ in range(100):  # the bus is started by who asks first; the program joins it then
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            found = desktop.get_child_at_index(i)
            if found and found.get_name().lower() == "gatescope" and found.get_child_count() > 0:
                return found
        time.sleep(0.2)
    sys.exit("FAIL: there is no gatescope on the accessibility bus")


def path_of(node):
    names = []
    while node is not None and node.get_role() != Atspi.Role.DESKTOP_FRAME:
        names.append(f"{node.get_role_name()} '{node.get_name()}'")
        node = node.get_parent()
    return " in ".join(names[:5])


def showing(node):
    return node.get_state_set().contains(Atspi.StateType.SHOWING)


def shown(node):
    """The node and everything below it that is on the screen."""
    yield node
    for i in range(min(node.get_child_count(), MOST_CELLS)):
        child = node.get_child_at_index(i)
        if child is not None and showing(child):
            yield from shown(child)


def has_tabs(bar):
    children = (bar.get_child_at_index(i) for i in range(bar.get_child_count()))
    return any(child and child.get_role() == Atspi.Role.PAGE_TAB for child in children)


def walk():
    seen = {}
    offenders = []
    app = application()
    for i in range(app.get_child_count()):
        for node in shown(app.get_child_at_index(i)):
            role = node.get_role()  # that of every QFrame is "frame": only the window needs a name
            focusable = node.get_state_set().contains(Atspi.StateType.FOCUSABLE)
            # An empty cell of a tree is empty; one of the heatmap says what it shows.
            if role == Atspi.Role.TABLE_CELL and node.get_parent().get_role() != Atspi.Role.TABLE:
                continue
            # What Qt keeps of docks that are behind each other elsewhere: buttons without tabs.
            if role == Atspi.Role.PAGE_TAB_LIST and not has_tabs(node):
                continue
            if role in CONTROLS or focusable or node.get_parent() == app:
                seen[role] = seen.get(role, 0) + 1
                if not node.get_name().strip():
                    offenders.append("no name: " + path_of(node))
                if role in NAMELESS_ROLES:
                    offenders.append("no role: " + path_of(node))
    for offender in offenders:
        print(offender)
    print(sum(seen.values()), "controls:",
          ", ".join(f"{n} {Atspi.role_get_name(role)}" for role, n in seen.items()))
    if offenders or sum(seen.values()) < 20:
        sys.exit(1)


def in_status_bar(node):
    while node is not None:
        if node.get_role() == Atspi.Role.STATUS_BAR:
            return True
        node = node.get_parent()
    return False


def listen(file_name):
    out = open(file_name, "w", encoding="utf-8")

    def write(kind, text):
        out.write(f"{kind}\t{' '.join(text.split())}\n")
        out.flush()

    def hear(event):
        source = event.source
        if event.type.startswith("object:text-changed:insert"):
            if source.get_role() in (Atspi.Role.DOCUMENT_FRAME, Atspi.Role.DOCUMENT_TEXT):
                write("inserted", event.any_data)
        elif source.get_role() == Atspi.Role.NOTIFICATION and event.detail1:
            write("spoken" if in_status_bar(source) else "shown elsewhere", source.get_name())

    listener = Atspi.EventListener.new(hear)
    for kind in ("object:state-changed:showing", "object:text-changed:insert"):
        if not listener.register(kind):
            sys.exit(f"FAIL: {kind} cannot be listened to")
    application()
    write("listening", "")
    GLib.MainLoop().run()


def compare(file_name, text):
    with open(file_name, encoding="utf-8") as lines:
        heard = [line.rstrip("\n").split("\t", 1) for line in lines]
    for kind in ("spoken", "inserted"):
        parts = [said for what, said in heard if what == kind and said]
        whole = " ".join(text.split())
        # The reply may stand among what else was said: it is one run of parts.
        first = next((i for i in range(len(parts)) if whole.startswith(parts[i])), None)
        if first is None:
            sys.exit(f"FAIL: of the reply nothing was {kind}: {heard}")
        rest, used = whole, []
        for part in parts[first:]:
            if not rest.startswith(part):
                break
            rest = rest[len(part):].lstrip()
            used.append(part)
        if rest:
            sys.exit(f"FAIL: '{rest}' of the reply was not {kind}: {heard}")
        lines = [" ".join(line.split()) for line in text.splitlines()]
        for part in used[:-1]:
            if not re.search(r"[.!?…:][\"'”’)\]*_]*$", part) and not any(
                    line.endswith(part) for line in lines):
                sys.exit(f"FAIL: '{part}' is no sentence, and was {kind}")
        print(f"ok: the reply was {kind} in {len(used)} parts, each a sentence")


if __name__ == "__main__":
    {"walk": walk, "listen": listen, "compare": compare}[sys.argv[1]](*sys.argv[2:])
