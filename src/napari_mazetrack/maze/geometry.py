"""Zones of the pool and the exact cuts of straight steps at their borders, in one plane (centimetres).

A zone tells which points it contains (its border included) and where a straight step crosses its border. `cut_steps`
cuts the steps of a path at every crossing, so that time and length inside a zone need no counting of samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


class Zone(Protocol):
    """An area of the plane."""

    def contains(self, xy: Points) -> NDArray[np.bool_]:
        """Tell which points [..., 2] lie inside or on the border."""

    def crossings(self, start: Points, end: Points) -> NDArray[np.float64]:
        """Return where steps [S, 2] to [S, 2] cross the border: fractions [S, M], not finite where they do not."""


@dataclass(frozen=True)
class Disc:
    """A disc: centre (x, y) and radius."""

    centre: tuple[float, float]
    radius: float

    def contains(self, xy: Points) -> NDArray[np.bool_]:
        """Tell which points [..., 2] lie inside."""
        return self.edge_distance(xy) <= 0

    def edge_distance(self, xy: Points) -> NDArray[np.float64]:
        """Return the distance of points [..., 2] to the border, negative inside."""
        offset = np.asarray(xy) - np.array(self.centre)
        distance: NDArray[np.float64] = np.hypot(offset[..., 0], offset[..., 1]) - self.radius
        return distance

    def crossings(self, start: Points, end: Points) -> NDArray[np.float64]:
        """Return the two fractions [S, 2] at which the steps' lines cut the circle; NaN where they miss it."""
        step = end - start
        offset = start - np.array(self.centre)
        a = (step**2).sum(axis=1)
        b = (step * offset).sum(axis=1)
        # The distance of the line from the centre, squared, without the cancellation of b² - a·c.
        cross = step[:, 0] * offset[:, 1] - step[:, 1] * offset[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            half = np.sqrt(self.radius**2 * a - cross**2)
            return np.stack([(-b - half) / a, (-b + half) / a], axis=1)


@dataclass(frozen=True)
class Ring:
    """The area between two circles of one centre."""

    centre: tuple[float, float]
    inner: float
    outer: float

    def contains(self, xy: Points) -> NDArray[np.bool_]:
        """Tell which points [..., 2] lie in the ring."""
        distance = Disc(self.centre, 0.0).edge_distance(xy)
        return (distance >= self.inner) & (distance <= self.outer)

    def crossings(self, start: Points, end: Points) -> NDArray[np.float64]:
        """Return the fractions [S, 4] at which the steps' lines cut the two circles."""
        circles = (Disc(self.centre, self.inner), Disc(self.centre, self.outer))
        return np.concatenate([circle.crossings(start, end) for circle in circles], axis=1)


@dataclass(frozen=True)
class Polygon:
    """A simple polygon: corners [P] of (x, y)."""

    points: tuple[tuple[float, float], ...]

    def _edges(self) -> tuple[Points, Points]:
        corners = np.array(self.points, np.float64)
        return corners, np.roll(corners, -1, axis=0)

    def contains(self, xy: Points) -> NDArray[np.bool_]:
        """Tell which points [..., 2] lie inside (even-odd rule; NaN lies nowhere)."""
        x, y = (np.asarray(xy)[..., axis, None] for axis in (0, 1))
        a, b = self._edges()
        is_between = (a[:, 1] > y) != (b[:, 1] > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            x_edge = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
        inside: NDArray[np.bool_] = (is_between & (x < x_edge)).sum(axis=-1) % 2 == 1
        return inside

    def edge_distance(self, xy: Points) -> NDArray[np.float64]:
        """Return the distance of points [..., 2] to the border, negative inside."""
        a, b = self._edges()
        edge = b - a
        offset = np.asarray(xy)[..., None, :] - a
        with np.errstate(divide="ignore", invalid="ignore"):
            along = np.clip((offset * edge).sum(-1) / (edge**2).sum(-1), 0, 1)
        foot = offset - np.nan_to_num(along)[..., None] * edge
        distance = np.hypot(foot[..., 0], foot[..., 1]).min(axis=-1)
        signed: NDArray[np.float64] = np.where(self.contains(xy), -distance, distance)
        return signed

    def crossings(self, start: Points, end: Points) -> NDArray[np.float64]:
        """Return the fractions [S, P] at which the steps cut the edges; NaN where they miss them."""
        a, b = self._edges()
        edge, step = b - a, (end - start)[:, None]
        offset = a - start[:, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            determinant = _cross(step, edge[None])
            along_step = _cross(offset, edge[None]) / determinant
            along_edge = _cross(offset, step) / determinant
        is_hit = (along_edge >= 0) & (along_edge <= 1)
        return np.where(is_hit, along_step, np.nan)


@dataclass(frozen=True)
class Lines:
    """Straight lines through points [L, 2] along directions [L, 2]: borders without an inside of their own."""

    through: Points
    along: Points

    def crossings(self, start: Points, end: Points) -> NDArray[np.float64]:
        """Return the fractions [S, L] at which the steps' lines cut the lines; not finite where parallel."""
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = self.through - start[:, None]
            fraction: NDArray[np.float64] = _cross(offset, self.along[None]) / _cross(
                (end - start)[:, None], self.along[None]
            )
        return fraction


class _Border(Protocol):
    def crossings(self, start: Points, end: Points) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class Pieces:
    """Steps cut at borders: each piece lies wholly on one side of each of them.

    Attributes
    ----------
    step : int64 [Q]
        The step that a piece belongs to; pieces are in the order of the path.
    begin, end : float64 [Q]
        Where the piece begins and ends, as fractions of its step.
    middle : float64 [Q, 2]
        Its middle point.
    """

    step: NDArray[np.int64]
    begin: NDArray[np.float64]
    end: NDArray[np.float64]
    middle: Points

    @property
    def share(self) -> NDArray[np.float64]:
        """Share [Q] of its step that each piece is."""
        return self.end - self.begin


def cut_steps(start: Points, end: Points, *borders: _Border) -> Pieces:
    """Cut straight steps from `start` [S, 2] to `end` [S, 2] at every border."""
    fractions = np.concatenate([border.crossings(start, end) for border in borders], axis=1)
    is_inner = (fractions > 0) & (fractions < 1)
    n_steps = len(start)
    step = np.concatenate([np.arange(n_steps), np.nonzero(is_inner)[0]])
    begin = np.concatenate([np.zeros(n_steps), fractions[is_inner]])
    order = np.lexsort((begin, step))
    step, begin = step[order], begin[order]
    stop = np.ones(len(step))
    is_cut = step[1:] == step[:-1]
    stop[:-1][is_cut] = begin[1:][is_cut]
    keep = stop > begin
    step, begin, stop = step[keep], begin[keep], stop[keep]
    middle = start[step] + ((begin + stop) / 2)[:, None] * (end - start)[step]
    return Pieces(step, begin, stop, middle)


def rotated(points: Points, centre: Points, angle_rad: float) -> Points:
    """Rotate points [..., 2] about a centre, from the x axis towards the y axis."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turned: Points = (np.asarray(points) - centre) @ np.array([[cos, sin], [-sin, cos]]) + centre
    return turned


def _cross(a: Points, b: Points) -> NDArray[np.float64]:
    cross: NDArray[np.float64] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return cross
