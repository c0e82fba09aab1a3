"""Zones of the pool and the exact cuts of straight steps at their borders, in one plane (centimetres).

A zone tells which points it contains (its border included) and where straight steps cross its border. `cut_steps`
cuts the steps of a path at every crossing, so that time and length inside a zone need no counting of samples. Few steps
of a path cross a border: only those that come near it are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
#: Which steps cross a border, [K] in any order, and at which fraction of them, [K] (above 0 and below 1).
Crossings = tuple[NDArray[np.int64], NDArray[np.float64]]


class Zone(Protocol):
    """An area of the plane."""

    def contains(self, xy: Points) -> NDArray[np.bool_]:
        """Tell which points [..., 2] lie inside or on the border."""

    def crossings(self, start: Points, end: Points) -> Crossings:
        """Return where steps from `start` [S, 2] to `end` [S, 2] cross the border."""


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

    def crossings(self, start: Points, end: Points) -> Crossings:
        """Return where steps [S, 2] cross the circle."""
        return Circles(self.centre, (self.radius,)).crossings(start, end)


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

    def crossings(self, start: Points, end: Points) -> Crossings:
        """Return where steps [S, 2] cross the two circles."""
        return Circles(self.centre, (self.inner, self.outer)).crossings(start, end)


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

    def crossings(self, start: Points, end: Points) -> Crossings:
        """Return where steps [S, 2] cross the edges."""
        a, b = self._edges()
        is_near = (np.maximum(start, end) >= a.min(axis=0)) & (np.minimum(start, end) <= a.max(axis=0))
        near = np.flatnonzero(is_near[:, 0] & is_near[:, 1])
        edge, step = b - a, (end[near] - start[near])[:, None]
        offset = a - start[near, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            determinant = _cross(step, edge[None])
            along_step = _cross(offset, edge[None]) / determinant
            along_edge = _cross(offset, step) / determinant
        is_hit = (along_edge >= 0) & (along_edge <= 1)
        return _inner(near, np.where(is_hit, along_step, np.nan))


@dataclass(frozen=True)
class Circles:
    """Circles of several radii round one centre (x, y): borders without an inside of their own."""

    centre: tuple[float, float]
    radii: tuple[float, ...]

    def crossings(self, start: Points, end: Points) -> Crossings:
        """Return where steps [S, 2] cross the circles."""
        x, y = start[:, 0] - self.centre[0], start[:, 1] - self.centre[1]
        dx, dy = end[:, 0] - start[:, 0], end[:, 1] - start[:, 1]
        # A step that begins farther from a circle than it is long does not reach it.
        distance, length = np.sqrt(x**2 + y**2), np.sqrt(dx**2 + dy**2)
        circle, near = np.nonzero(np.abs(distance - np.array(self.radii)[:, None]) <= length)
        x, y, dx, dy = x[near], y[near], dx[near], dy[near]
        a, b = dx**2 + dy**2, dx * x + dy * y
        # The distance of the line from the centre, squared, without the cancellation of b² - a·c.
        cross = dx * y - dy * x
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            half = np.sqrt(np.array(self.radii)[circle] ** 2 * a - cross**2)
            return _inner(near, np.stack([(-b - half) / a, (-b + half) / a], axis=1))


@dataclass(frozen=True)
class Lines:
    """Straight lines through points [L, 2] along directions [L, 2]: borders without an inside of their own."""

    through: Points
    along: Points

    def crossings(self, start: Points, end: Points) -> Crossings:
        """Return where steps [S, 2] cross the lines."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            offset = self.through - start[:, None]
            fraction = _cross(offset, self.along[None]) / _cross((end - start)[:, None], self.along[None])
        return _inner(np.arange(len(start)), fraction)


@dataclass(frozen=True)
class Grid:
    """The inner lines of a square grid of `n` × `n` cells from its lowest corner (x, y)."""

    low: tuple[float, float]
    cell: float
    n: int

    def crossings(self, start: Points, end: Points) -> Crossings:
        """Return where steps [S, 2] cross the lines."""
        both = [self._crossings_of_axis(start[:, axis], end[:, axis], self.low[axis]) for axis in (0, 1)]
        return np.concatenate([step for step, _ in both]), np.concatenate([fraction for _, fraction in both])

    def _crossings_of_axis(self, start: NDArray[np.float64], end: NDArray[np.float64], low: float) -> Crossings:
        lines = low + np.arange(1, self.n) * self.cell
        # How many lines lie below both ends, and below one of them: those between are crossed.
        first, last = np.sort(np.searchsorted(lines, np.stack([start, end])), axis=0)
        n_crossed = last - first
        step = np.repeat(np.arange(len(start)), n_crossed)
        line = np.arange(len(step)) + np.repeat(first - (np.cumsum(n_crossed) - n_crossed), n_crossed)
        fraction = (lines[line] - start[step]) / (end - start)[step]
        return _inner(step, fraction[:, None])


def _inner(step: NDArray[np.int64], fractions: NDArray[np.float64]) -> Crossings:
    """Keep those of the fractions [K, M] of steps [K] that lie within their step."""
    row, column = np.nonzero((fractions > 0) & (fractions < 1))
    return step[row], fractions[row, column]


class _Border(Protocol):
    def crossings(self, start: Points, end: Points) -> Crossings: ...


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
    crossings = [border.crossings(start, end) for border in borders]
    crossed = np.concatenate([step for step, _ in crossings])
    fraction = np.concatenate([fraction for _, fraction in crossings])
    cuts = np.unique(crossed + 1j * fraction)
    crossed, fraction = cuts.real.astype(np.int64), cuts.imag
    # Each crossing ends one piece and begins the next.
    piece = crossed + 1 + np.arange(len(crossed))
    step = np.repeat(np.arange(len(start)), 1 + np.bincount(crossed, minlength=len(start)))
    begin, stop = np.zeros(len(step)), np.ones(len(step))
    begin[piece] = stop[piece - 1] = fraction
    middle = start.take(step, axis=0) + ((begin + stop) / 2)[:, None] * (end - start).take(step, axis=0)
    return Pieces(step, begin, stop, middle)


def rotated(points: Points, centre: Points, angle_rad: float) -> Points:
    """Rotate points [..., 2] about a centre, from the x axis towards the y axis."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turned: Points = (np.asarray(points) - centre) @ np.array([[cos, sin], [-sin, cos]]) + centre
    return turned


def _cross(a: Points, b: Points) -> NDArray[np.float64]:
    cross: NDArray[np.float64] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return cross
