"""The skeleton: which points of an animal are marked, how they are joined, and which one is its front."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Skeleton:
    """Named keypoints and the edges between them.

    Attributes
    ----------
    keypoints : tuple of str
        Names in the order of every keypoint axis in this package.
    edges : tuple of (int, int)
        Pairs of keypoint indices that are joined by a line.
    front, centre, back : int
        Indices of the keypoint at the animal's front, at its centre (the one whose path is measured), and at
        its back.
    """

    keypoints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    front: int
    centre: int
    back: int

    def __post_init__(self) -> None:
        n = len(self.keypoints)
        if n == 0 or len(set(self.keypoints)) != n or not all(name.isidentifier() for name in self.keypoints):
            raise ValueError(f"keypoint names must be distinct identifiers, got {self.keypoints}")
        indices = [self.front, self.centre, self.back, *(i for edge in self.edges for i in edge)]
        if any(not 0 <= i < n for i in indices):
            raise ValueError(f"edges and front/centre/back must be indices below {n}, got {indices}")

    @property
    def n_keypoints(self) -> int:
        """Number of keypoints."""
        return len(self.keypoints)

    @property
    def axis(self) -> tuple[int, int]:
        """The keypoints at the front and at the back."""
        return self.front, self.back

    def index(self, name: str) -> int:
        """Return the index of the keypoint `name`; ValueError where there is none."""
        return self.keypoints.index(name)


MOUSE = Skeleton(keypoints=("head", "body", "tail"), edges=((0, 1), (1, 2)), front=0, centre=1, back=2)
