"""Keys are lent to a panel and given back."""

from napari.components import ViewerModel

from napari_mazetrack.widgets.window.keys import BoundKeys, Key, help_text

KEYS = (Key("H", "swap", "swap"), Key("U", "undo", "undo"))


class Panel:
    def __init__(self):
        self.called = []

    def swap(self):
        self.called.append("swap")

    def undo(self):
        self.called.append("undo")


def press(viewer, key):
    calls = {str(binding): call for binding, call in viewer.keymap.items()}
    if key in calls:
        calls[key](viewer)


def test_keys_call_the_panel_until_they_are_given_back():
    viewer, panel = ViewerModel(), Panel()
    keys = BoundKeys(viewer, KEYS, panel)
    press(viewer, "H")
    press(viewer, "U")
    keys.give_back()
    press(viewer, "H")
    assert panel.called == ["swap", "undo"]


def test_keys_of_an_earlier_panel_work_again():
    viewer, first, second = ViewerModel(), Panel(), Panel()
    earlier = BoundKeys(viewer, KEYS, first)
    later = BoundKeys(viewer, KEYS[:1], second)
    press(viewer, "H")
    later.give_back()
    press(viewer, "H")
    assert (first.called, second.called) == (["swap"], ["swap"])
    earlier.give_back()
    press(viewer, "U")
    assert first.called == ["swap"]


def test_keys_that_were_bound_again_meanwhile_stay():
    viewer, first, second = ViewerModel(), Panel(), Panel()
    earlier = BoundKeys(viewer, KEYS, first)
    BoundKeys(viewer, KEYS[:1], second)
    earlier.give_back()
    press(viewer, "H")
    assert (first.called, second.called) == ([], ["swap"])


def test_the_help_names_every_key():
    assert help_text(KEYS) == "H   swap\nU   undo"


def test_keys_do_not_go_back_to_a_panel_that_gave_them_back_meanwhile():
    viewer, first, second = ViewerModel(), Panel(), Panel()
    before = dict(viewer.keymap)
    earlier = BoundKeys(viewer, KEYS, first)
    later = BoundKeys(viewer, KEYS, second)
    earlier.give_back()
    again = BoundKeys(viewer, KEYS, first)
    later.give_back()
    press(viewer, "H")
    again.give_back()
    press(viewer, "H")
    assert (first.called, second.called) == (["swap"], [])
    assert viewer.keymap == before
