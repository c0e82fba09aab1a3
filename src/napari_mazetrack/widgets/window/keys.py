"""The keys of a panel: one list, which binds them and writes the help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from napari.components import ViewerModel


@dataclass(frozen=True)
class Key:
    """A key, the method of its panel that it calls, and what that does in words."""

    key: str
    method: str
    text: str


#: Letters that napari leaves free.
LABEL_KEYS = (
    Key("N", "go_to_next", "next frame to label"),
    Key("Shift+F", "go_to_next_film", "next film with frames to label"),
    Key("G", "go_forward", "next labelled frame"),
    Key("Q", "go_back", "labelled frame before"),
    Key("H", "skip_keypoint", "this keypoint cannot be seen; at the end: ask again"),
    Key("K", "copy_previous", "copy from the labelled frame before"),
    Key("W", "mark_empty", "no animal in this frame"),
    Key("0", "accept_proposal", "take the proposed points"),
    Key("9", "delete_point", "take the point under the mouse away"),
    Key("8", "clear_frame", "take this frame's label away"),
    Key("U", "undo", "undo"),
    Key("J", "redo", "redo"),
)
CORRECT_KEYS = (
    Key("N", "go_to_next", "next moment to check"),
    Key("Shift+N", "go_to_previous", "moment before"),
    Key("H", "swap_from_here", "exchange head and tail from here on"),
    Key("G", "swap_here", "exchange head and tail in this frame"),
    Key("K", "mark_missing", "cannot be seen: from here, then to here"),
    Key("0", "answer_right", "the moment to check is right as it is"),
    Key("9", "answer_fixed", "the moment to check is fixed"),
    Key("Shift+Q", "answer_unsure", "of the moment to check it cannot be said"),
    Key("W", "reject", "what was found here is not the animal"),
    Key("Q", "put", "put the animal here: draw it from tail to head"),
    Key("Shift+C", "copy_pose", "copy the animal's pose"),
    Key("Shift+D", "paste_pose", "paste it into this frame"),
    Key("8", "exchange", "exchange two animals from here on"),
    Key("U", "undo", "undo"),
    Key("J", "redo", "redo"),
)
#: While a track is corrected, no letter is left.
PLAY_KEYS = (Key("Shift+Space", "toggle_playing", "play the film, or stop"),)

#: Every list of keys, by where it holds; `docs/reference/keys.md` is made of it.
KEYS_BY_PLACE = {
    "Label panel, while it can be seen and the Track panel does not correct": LABEL_KEYS,
    "Track panel, while it corrects": CORRECT_KEYS,
    "Track panel, while a film is shown": PLAY_KEYS,
}


class BoundKeys:
    """Keys of a viewer that call a panel's methods until they are given back, to whom they belonged before.

    Panels may give theirs back in any order: a key goes to the last one that still has it.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose keys are bound.
    keys : sequence of Key
        Which.
    panel : object
        Has the methods.
    """

    def __init__(self, viewer: ViewerModel, keys: Sequence[Key], panel: object) -> None:
        self._viewer = viewer
        before = dict(viewer.keymap)
        for key in keys:
            viewer.bind_key(key.key, _LentKey(getattr(panel, key.method)), overwrite=True)
        self._mine = {binding: call for binding, call in viewer.keymap.items() if call is not before.get(binding)}
        for binding, call in self._mine.items():
            call.before = before.get(binding)

    def give_back(self) -> None:
        """Let the keys do what they did before; those that were bound again meanwhile stay."""
        keymap = dict(self._viewer.keymap)
        for binding, call in self._mine.items():
            call.is_given_back = True
            if keymap.get(binding) is call:
                del keymap[binding]
                owner = _owner_before(call)
                if owner is not None:
                    keymap[binding] = owner
        self._viewer.keymap = keymap


class _LentKey:
    """What a key calls, and what it called before."""

    def __init__(self, method: Callable[[], None]) -> None:
        self._method = method
        self.__name__ = method.__name__  # by which napari tells keys that repeat while they are held
        self.before: Any = None
        self.is_given_back = False

    def __call__(self, _viewer: ViewerModel) -> None:
        self._method()


def _owner_before(call: Any) -> Any:  # noqa: ANN401 - whatever napari binds
    """Return the last one that a key belonged to before and that has not given it back; None where there is none."""
    while isinstance(call, _LentKey) and call.is_given_back:
        call = call.before
    return call


def help_text(keys: Sequence[Key]) -> str:
    """Return the keys and what they do, one a line."""
    return "\n".join(f"{key.key}   {key.text}" for key in keys)
